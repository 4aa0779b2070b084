// Reads and writes the linear memory of a plugin. The buffer is looked up anew on every access: it is detached
// whenever the memory grows, which any call into the plugin may do.
import type { WasmMemory } from './webassembly.js';

/** The plugin passed a range outside of its memory; the host call answers INVALID_MEMORY_ACCESS. */
export class InvalidMemoryAccess extends Error {}

export class GuestMemory {
  constructor(
    private readonly memory: WasmMemory,
    private readonly allocate: (size: number) => number,
  ) {}

  get byteLength(): number {
    return this.memory.buffer.byteLength;
  }

  /** A view, valid until the next call into the plugin. */
  view(pointer: number, size: number): Uint8Array {
    const start = pointer >>> 0;
    const length = size >>> 0;
    if (start + length > this.memory.buffer.byteLength) {
      throw new InvalidMemoryAccess(`${length} bytes at ${start} are outside of the plugin's memory`);
    }
    return new Uint8Array(this.memory.buffer, start, length);
  }

  bytes(pointer: number, size: number): Uint8Array {
    return this.view(pointer, size).slice();
  }

  text(pointer: number, size: number): string {
    return Buffer.from(this.view(pointer, size)).toString('utf8');
  }

  /** Header names and values are bytes, not UTF-8; latin1 keeps each of them, and is what node:http uses. */
  latin1(pointer: number, size: number): string {
    return Buffer.from(this.view(pointer, size)).toString('latin1');
  }

  write(pointer: number, data: Uint8Array): void {
    this.view(pointer, data.byteLength).set(data);
  }

  setU32(pointer: number, value: number): void {
    const at = this.view(pointer, 4);
    new DataView(at.buffer, at.byteOffset).setUint32(0, value, true);
  }

  setU64(pointer: number, value: bigint): void {
    const at = this.view(pointer, 8);
    new DataView(at.buffer, at.byteOffset).setBigUint64(0, value, true);
  }

  /**
   * Returns data to the plugin: in memory that the plugin allocates, with pointer and size stored where it asked.
   * Empty data allocates nothing and gives a null pointer, as proxy-wasm-cpp-host does.
   */
  give(data: Uint8Array, pointerAt: number, sizeAt: number): void {
    let pointer = 0;
    if (data.byteLength > 0) {
      pointer = this.allocate(data.byteLength) >>> 0;
      if (pointer === 0) throw new InvalidMemoryAccess('the plugin could not allocate');
      this.write(pointer, data);
    }
    this.setU32(pointerAt, pointer);
    this.setU32(sizeAt, data.byteLength);
  }
}
