// One request through the plugin, driven step by step.
import { HeaderMap, type HeaderRecord } from '../../../trainer/mesh/embedded/vm/header-map.js';
import type { PropertyProvider, PropertyValue } from '../../../trainer/mesh/embedded/vm/property.js';
import type { LocalReply, Stream } from '../../../trainer/mesh/embedded/vm/stream.js';
import type { CallbackRecord, CallRecord } from './call-record.js';

export interface RequestOptions {
  /** The upstream cluster, as the route has it. */
  readonly cluster?: string;
  /** Index of the worker; 0 when absent. */
  readonly worker?: number;
  /** `ip:port` of the client. */
  readonly source?: string;
  /** Whether a body follows. */
  readonly body?: boolean;
  /** Further properties by their dotted names. */
  readonly properties?: Readonly<Record<string, PropertyValue>>;
}

export interface ResponseOptions {
  /** `ip:port` that served the request. */
  readonly upstream?: string;
  /** Envoy's response flags, as bits. */
  readonly flags?: number;
  readonly details?: string;
}

// A test writes text, the wire carries bytes, and a header map holds a character for each byte.
const toWire = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const fromWire = (text: string): string => Buffer.from(text, 'latin1').toString('utf8');

function headerMap(record: HeaderRecord): HeaderMap {
  return new HeaderMap(Object.entries(record).map(([name, value]) => [name, toWire(value)]));
}

function headerRecord(map: HeaderMap | undefined): Record<string, string> {
  const entries = Object.entries(map?.toRecord() ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name, fromWire(value)]));
}

export class MockStream {
  /** Every callback on this stream so far, with the host calls it made. */
  readonly callbacks: readonly CallbackRecord[];
  private readonly properties = new Map<string, PropertyValue>();
  private readonly stream: Stream;
  private readonly request: HeaderMap;
  private response: HeaderMap | undefined;

  constructor(
    open: (properties: PropertyProvider) => Stream,
    private readonly record: CallRecord,
    headers: HeaderRecord,
    { cluster, source = '127.0.0.1:40000', body = false, properties = {} }: RequestOptions,
  ) {
    this.set({ 'source.address': source, ...properties });
    if (cluster !== undefined) this.set({ cluster_name: cluster, 'xds.cluster_name': cluster });
    this.stream = open((path) => this.properties.get(path.join('.')));
    this.callbacks = record.of(this.stream.id);
    this.request = headerMap({
      ':method': 'GET',
      ':scheme': 'http',
      ':authority': 'test',
      ':path': '/',
      ...headers,
    });
    this.stream.requestHeaders(this.request, !body);
  }

  /** The request's headers as the plugin left them. */
  get requestHeaders(): Record<string, string> {
    return headerRecord(this.request);
  }

  get responseHeaders(): Record<string, string> {
    return headerRecord(this.response);
  }

  /** The list that the client role wrote for Envoy, the chosen endpoint first. */
  get endpoints(): string[] {
    return this.requestHeaders['x-weir-endpoint']?.split(',') ?? [];
  }

  get localReply(): LocalReply | undefined {
    return this.stream.localReply;
  }

  /** Text that the plugin set as a property: `weir.user`. */
  property(name: string): string | undefined {
    const value = this.stream.filterState.get(`wasm.${name}`);
    return value === undefined ? undefined : Buffer.from(value).toString('utf8');
  }

  /** Host calls of a callback on this stream: `proxy_on_request_headers`. */
  calls(callback: string): readonly string[] {
    return this.callbacks.find((record) => record.callback === callback)?.calls ?? [];
  }

  respond(
    headers: HeaderRecord = {},
    { upstream, flags = 0, details = 'via_upstream' }: ResponseOptions = {},
  ): this {
    this.response = headerMap({ ':status': '200', ...headers });
    const code = this.response.get(':status') ?? '';
    const status = BigInt(/^\d+$/.test(code) ? code : 200);
    this.set({ 'response.code': status, 'response.flags': BigInt(flags), 'response.code_details': details });
    if (upstream !== undefined) this.set({ 'upstream.address': upstream });
    this.stream.responseHeaders(this.response, true);
    return this;
  }

  /** Ends the stream; without a response before it, as when the client goes away. */
  finish(): this {
    this.stream.finish();
    this.record.forget(this.stream.id);
    return this;
  }

  private set(values: Readonly<Record<string, PropertyValue>>): void {
    for (const [name, value] of Object.entries(values)) this.properties.set(name, value);
  }
}
