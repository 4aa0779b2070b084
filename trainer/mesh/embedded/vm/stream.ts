// One request through the filter. Envoy's rules on what is in reach when: a header map can be read and changed during
// its own callback (and while the filter has stopped there), and read again during proxy_on_log.
import { Action, BufferType, HeaderMapType, Status } from './abi.js';
import { Context, type BodyBuffer } from './context.js';
import type { HeaderMap, HeaderPair } from './header-map.js';
import type { PropertyProvider, PropertyValue } from './property.js';
import type { RootContext } from './root-context.js';
import type { VirtualMachine } from './virtual-machine.js';

export interface LocalReply {
  readonly status: number;
  readonly details: string;
  readonly headers: readonly HeaderPair[];
  readonly body: Uint8Array;
}

/** Prefix of Envoy's filter state for what a plugin sets with proxy_set_property. */
const FILTER_STATE_PREFIX = 'wasm.';

export class Stream extends Context {
  /** What the plugin set, by the name that access logs see: `wasm.NAME`. */
  readonly filterState = new Map<string, Uint8Array>();
  /** A response that the plugin sends instead of the upstream's. */
  localReply: LocalReply | undefined;
  private readonly inReach = new Map<number, HeaderMap>();
  private readonly seen = new Map<number, HeaderMap>();
  private readonly bodies = new Map<number, BodyBuffer>();
  private phase: 'open' | 'logging' | 'finished' = 'open';

  constructor(
    vm: VirtualMachine,
    id: number,
    override readonly root: RootContext,
    private readonly properties: PropertyProvider | undefined,
  ) {
    super(vm, id);
  }

  create(): this {
    this.call('proxy_on_context_create', this.root.id);
    return this;
  }

  override get logging(): boolean {
    return this.phase === 'logging';
  }

  requestHeaders(headers: HeaderMap, endOfStream: boolean): number {
    return this.onHeaders('proxy_on_request_headers', HeaderMapType.REQUEST_HEADERS, headers, [+endOfStream]);
  }

  requestTrailers(trailers: HeaderMap): number {
    return this.onHeaders('proxy_on_request_trailers', HeaderMapType.REQUEST_TRAILERS, trailers, []);
  }

  responseHeaders(headers: HeaderMap, endOfStream: boolean): number {
    return this.onHeaders('proxy_on_response_headers', HeaderMapType.RESPONSE_HEADERS, headers, [
      +endOfStream,
    ]);
  }

  responseTrailers(trailers: HeaderMap): number {
    return this.onHeaders('proxy_on_response_trailers', HeaderMapType.RESPONSE_TRAILERS, trailers, []);
  }

  /** Shows a piece of the body to the plugin and returns it as the plugin leaves it. */
  requestBody(bytes: Uint8Array, endOfStream: boolean): Uint8Array {
    return this.onBody('proxy_on_request_body', BufferType.REQUEST_BODY, bytes, endOfStream);
  }

  responseBody(bytes: Uint8Array, endOfStream: boolean): Uint8Array {
    return this.onBody('proxy_on_response_body', BufferType.RESPONSE_BODY, bytes, endOfStream);
  }

  /** The stream has ended, well or not. Envoy logs first, then destroys the filter: log, done, delete. */
  finish(): void {
    if (this.phase !== 'open') return;
    this.phase = 'logging';
    this.call('proxy_on_log');
    this.phase = 'finished';
    this.call('proxy_on_done');
    this.call('proxy_on_delete');
    this.vm.forget(this);
    this.root.streamEnded();
  }

  /** `proxy_continue_stream`: what the filter had stopped at is out of its reach from now on. */
  resume(): void {
    this.inReach.clear();
    this.bodies.clear();
  }

  override readableHeaders(type: number): HeaderMap | undefined {
    return (this.logging ? this.seen : this.inReach).get(type) ?? this.root.readableHeaders(type);
  }

  override writableHeaders(type: number): HeaderMap | undefined {
    return this.inReach.get(type);
  }

  override buffer(type: number): BodyBuffer | undefined {
    return this.bodies.get(type) ?? this.root.buffer(type);
  }

  override property(path: readonly string[]): PropertyValue | undefined {
    const value = this.properties?.(path) ?? this.root.property(path);
    if (value !== undefined || path.length !== 1) return value;
    return this.filterState.get(`${FILTER_STATE_PREFIX}${path[0]}`);
  }

  override setProperty(path: string, value: Uint8Array): number {
    this.filterState.set(FILTER_STATE_PREFIX + path, value);
    return Status.OK;
  }

  private onHeaders(callback: string, type: number, headers: HeaderMap, args: number[]): number {
    this.seen.set(type, headers);
    this.inReach.set(type, headers);
    const action = this.call(callback, headers.size, ...args) ?? Action.CONTINUE;
    if (action === Action.CONTINUE) this.inReach.delete(type);
    return this.localReply === undefined ? action : Action.STOP_ALL;
  }

  private onBody(callback: string, type: number, bytes: Uint8Array, endOfStream: boolean): Uint8Array {
    const buffer: BodyBuffer = { bytes, writable: true };
    this.bodies.set(type, buffer);
    this.call(callback, bytes.byteLength, +endOfStream);
    this.bodies.delete(type);
    return buffer.bytes;
  }
}
