// What host calls act on: a root context (the plugin under one configuration) or a stream (one request).
import type { HeaderMap } from './header-map.js';
import type { PropertyValue } from './property.js';
import type { RootContext } from './root-context.js';
import type { VirtualMachine } from './virtual-machine.js';

export interface BodyBuffer {
  bytes: Uint8Array;
  readonly writable: boolean;
}

export abstract class Context {
  constructor(
    readonly vm: VirtualMachine,
    readonly id: number,
  ) {}

  abstract get root(): RootContext;

  /** True during `proxy_on_log`, when a header map that never came is empty rather than out of reach. */
  abstract get logging(): boolean;

  abstract readableHeaders(type: number): HeaderMap | undefined;
  abstract writableHeaders(type: number): HeaderMap | undefined;
  abstract buffer(type: number): BodyBuffer | undefined;
  abstract property(path: readonly string[]): PropertyValue | undefined;
  abstract setProperty(path: string, value: Uint8Array): number;

  protected call(callback: string, ...args: number[]): number | undefined {
    return this.vm.invoke(this, callback, this.id, ...args);
  }
}
