// Key-value store that the VMs of one process share. Each write gives the value a new compare-and-swap number.
import { Status } from './abi.js';

export interface SharedValue {
  readonly bytes: Uint8Array;
  readonly cas: number;
}

export class SharedData {
  private readonly values = new Map<string, SharedValue>();
  private lastCas = 0;

  get(key: string): SharedValue | undefined {
    return this.values.get(key);
  }

  /** `cas` 0 writes unconditionally; a new key takes any `cas`, as in proxy-wasm-cpp-host. */
  set(key: string, bytes: Uint8Array, cas = 0): number {
    const present = this.values.get(key);
    if (present !== undefined && cas !== 0 && cas !== present.cas) return Status.CAS_MISMATCH;
    // 0 is no valid number: it means "unconditional".
    this.lastCas = this.lastCas === 0xffffffff ? 1 : this.lastCas + 1;
    this.values.set(key, { bytes: bytes.slice(), cas: this.lastCas });
    return Status.OK;
  }

  keys(): string[] {
    return [...this.values.keys()];
  }
}
