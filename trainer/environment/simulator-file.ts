// simulator.wasm of this package, found from the sources as from the build in `dist`.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compileSimulator, type CompiledSimulator } from './wasm.js';

const root = import.meta.url.endsWith('.js') ? '../../../' : '../../';
const simulatorFile = fileURLToPath(new URL(`${root}build/simulator.wasm`, import.meta.url));

let compiled: CompiledSimulator | undefined;

/** Compiled once a process. */
export function loadSimulator(): CompiledSimulator {
  return (compiled ??= compileSimulator(readFileSync(simulatorFile)));
}
