// simulator.wasm in Node: compiled once, instantiated as often as there are meshes.

/** An instance's functions take and give numbers; its memory may grow, so views of it are made anew at each use. */
export type Exports = Record<string, (...values: number[]) => number> & {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
};

/** What is used of WebAssembly: TypeScript keeps its types in the DOM library, which a Node program does not load. */
interface Constructors {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Exports };
}
const { Module, Instance } = (globalThis as unknown as { WebAssembly: Constructors }).WebAssembly;

export interface CompiledSimulator {
  readonly module: object;
}

export function compileSimulator(wasm: Uint8Array): CompiledSimulator {
  return { module: new Module(wasm) };
}

/** An instance of its own, which shares nothing with another. */
export function instantiate({ module }: CompiledSimulator): Exports {
  const { exports } = new Instance(module, {});
  exports['_initialize']!();
  return exports;
}

/** Names of the policies in the order of plugin/core/policies/registry.ts. */
export function policyNames(exports: Exports): string[] {
  const at = exports['buffer']!();
  return Array.from({ length: exports['policyCount']!() }, (_, id) => {
    const units = exports['policyName']!(id);
    return Buffer.from(exports.memory.buffer, at, units * 2).toString('utf16le');
  });
}
