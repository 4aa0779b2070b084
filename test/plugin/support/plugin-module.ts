// Compiles a plugin once for all the tests of a file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VirtualMachine } from '../../../trainer/mesh/embedded/vm/virtual-machine.js';
import type { WasmModule } from '../../../trainer/mesh/embedded/vm/webassembly.js';

export const PLUGIN_FILE = join(import.meta.dirname, '../../../build/plugin.wasm');

const modules = new Map<string, Promise<WasmModule>>();

/** `plugin`: path of a wasm file, or its bytes. */
export function pluginModule(plugin: string | Uint8Array = PLUGIN_FILE): Promise<WasmModule> {
  if (typeof plugin !== 'string') return VirtualMachine.compile(plugin);
  const module = modules.get(plugin) ?? VirtualMachine.compile(readFileSync(plugin));
  modules.set(plugin, module);
  return module;
}
