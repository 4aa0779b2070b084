// The part of Node's WebAssembly that the host uses. TypeScript keeps its types in the DOM library, which a Node
// program does not load.

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

export type GuestFunction = (...args: (number | bigint)[]) => number | bigint | undefined;
export type HostFunction = (...args: (number | bigint)[]) => number | undefined;

/** A compiled module; share it between the VMs of a plugin. */
export interface WasmModule {
  readonly __module: unique symbol;
}

interface ImportDescriptor {
  readonly module: string;
  readonly name: string;
  readonly kind: 'function' | 'table' | 'memory' | 'global';
}

interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  readonly Module: {
    imports(module: WasmModule): ImportDescriptor[];
    exports(module: WasmModule): { readonly name: string; readonly kind: string }[];
  };
  readonly Instance: new (
    module: WasmModule,
    imports: Record<string, Record<string, HostFunction>>,
  ) => { readonly exports: Record<string, unknown> };
}

export const wasm = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
