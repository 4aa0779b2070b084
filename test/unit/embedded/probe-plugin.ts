// Compiles probe.as, once for a test file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';

const SOURCE = join(import.meta.dirname, 'probe.as');

/** Compiles AssemblyScript text to wasm bytes. */
export async function compileAssemblyScript(source: string): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const options = ['plugin.ts', '-o', 'plugin.wasm', '--runtime', 'stub', '--exportStart', '_initialize'];
  const stderr = asc.createMemoryStream();
  const { error } = await asc.main([...options, '--bindings', 'none', '--use', 'abort='], {
    stderr,
    readFile: (name) => (name === 'plugin.ts' ? source : null),
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') wasm = contents;
    },
    listFiles: () => null,
  });
  if (error !== null || wasm === undefined)
    throw new Error(`probe plugin: ${error?.message ?? ''} ${stderr.toString()}`);
  return wasm;
}

let compiled: Promise<Uint8Array> | undefined;

export function probePlugin(): Promise<Uint8Array> {
  compiled ??= compileAssemblyScript(readFileSync(SOURCE, 'utf8'));
  return compiled;
}
