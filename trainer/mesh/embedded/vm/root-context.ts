// The plugin under one configuration. A new configuration is a new root context in the same VM; this one ends after
// its last stream.
import { BufferType, HeaderMapType, Status } from './abi.js';
import { Context, type BodyBuffer } from './context.js';
import type { HeaderMap } from './header-map.js';
import type { PropertyProvider, PropertyValue } from './property.js';
import { Stream } from './stream.js';
import type { VirtualMachine } from './virtual-machine.js';

export interface HttpCallResponse {
  readonly headers: HeaderMap;
  readonly body: Uint8Array;
  readonly trailers: HeaderMap;
}

export class RootContext extends Context {
  /** Answer to an http call, there while the plugin handles it. */
  private response: HttpCallResponse | undefined;
  /** Readable through `proxy_get_status`. */
  status: { code: number; message: string } = { code: Status.OK, message: '' };
  private tickPeriodMs = 0;
  private streams = 0;
  private phase: 'serving' | 'retired' | 'done' | 'deleted' = 'serving';
  private configuring = false;

  constructor(
    vm: VirtualMachine,
    id: number,
    readonly rootId: string,
    readonly configuration: string,
  ) {
    super(vm, id);
  }

  override get root(): this {
    return this;
  }

  override get logging(): boolean {
    return false;
  }

  get tickPeriod(): number {
    return this.tickPeriodMs;
  }

  /** Brings the plugin up under this configuration; false when the plugin rejects it. */
  start(): boolean {
    const vmConfigurationSize = Buffer.byteLength(this.vm.options.vmConfiguration ?? '');
    // Envoy serves the plugin's configuration in context_create and configure, not in vm_start.
    this.withConfiguration(() => this.call('proxy_on_context_create', 0));
    // proxy-wasm-cpp-host (WasmBase::start) calls vm_start for every root context, not once a VM.
    if (this.call('proxy_on_vm_start', vmConfigurationSize) === 0) return false;
    const size = Buffer.byteLength(this.configuration);
    const accepted = this.withConfiguration(() => this.call('proxy_on_configure', size)) !== 0;
    return accepted && !this.vm.failed;
  }

  openStream(properties?: PropertyProvider): Stream {
    this.streams += 1;
    return this.vm.adopt((id) => new Stream(this.vm, id, this, properties)).create();
  }

  streamEnded(): void {
    this.streams -= 1;
    if (this.streams === 0 && this.phase === 'retired') this.shutDown();
  }

  /** No new streams come; ends now or after the last stream under way. */
  retire(): void {
    if (this.phase !== 'serving') return;
    this.phase = 'retired';
    if (this.streams === 0) this.shutDown();
  }

  private shutDown(): void {
    this.phase = 'done';
    // A plugin that answers 0 has work left and calls proxy_done later.
    if (this.call('proxy_on_done') !== 0) this.delete();
  }

  /** `proxy_done` of the plugin. */
  finishDone(): number {
    if (this.phase !== 'done') return Status.NOT_FOUND;
    this.vm.options.process.defer(() => this.delete());
    return Status.OK;
  }

  private delete(): void {
    if (this.phase === 'deleted') return;
    this.phase = 'deleted';
    this.call('proxy_on_delete');
    this.setTickPeriod(0);
    this.vm.forget(this);
  }

  setTickPeriod(milliseconds: number): void {
    if (this.phase === 'deleted' && milliseconds > 0) return;
    this.tickPeriodMs = milliseconds;
    this.vm.options.onTickPeriod?.(this, milliseconds);
  }

  tick(): void {
    if (this.phase !== 'deleted') this.call('proxy_on_tick');
  }

  queueReady(token: number): void {
    if (this.phase !== 'deleted') this.call('proxy_on_queue_ready', token);
  }

  httpCallResponse(token: number, response: HttpCallResponse | undefined): void {
    if (this.phase === 'deleted') return;
    this.response = response;
    if (response === undefined) this.status = { code: Status.BROKEN_CONNECTION, message: 'reset' };
    const sizes = [response?.headers.size ?? 0, response?.body.byteLength ?? 0, response?.trailers.size ?? 0];
    this.call('proxy_on_http_call_response', token, ...sizes);
    this.response = undefined;
    this.status = { code: this.status.code, message: '' };
  }

  override readableHeaders(type: number): HeaderMap | undefined {
    if (type === HeaderMapType.HTTP_CALL_RESPONSE_HEADERS) return this.response?.headers;
    if (type === HeaderMapType.HTTP_CALL_RESPONSE_TRAILERS) return this.response?.trailers;
    return undefined;
  }

  override writableHeaders(): HeaderMap | undefined {
    return undefined;
  }

  override buffer(type: number): BodyBuffer | undefined {
    const text = (value: string): BodyBuffer => ({ bytes: Buffer.from(value), writable: false });
    if (type === BufferType.VM_CONFIGURATION) return text(this.vm.options.vmConfiguration ?? '');
    if (type === BufferType.PLUGIN_CONFIGURATION && this.configuring) return text(this.configuration);
    if (type === BufferType.HTTP_CALL_RESPONSE_BODY && this.response !== undefined) {
      return { bytes: this.response.body, writable: false };
    }
    return undefined;
  }

  override property(path: readonly string[]): PropertyValue | undefined {
    if (path.length === 1 && path[0] === 'plugin_root_id') return this.rootId;
    if (path.length === 1 && path[0] === 'plugin_vm_id') return this.vm.options.vmId ?? '';
    return this.vm.options.property?.(path);
  }

  /** A root context has no stream whose filter state could hold it. */
  override setProperty(): number {
    return Status.NOT_FOUND;
  }

  private withConfiguration<T>(work: () => T): T {
    this.configuring = true;
    try {
      return work();
    } finally {
      this.configuring = false;
    }
  }
}
