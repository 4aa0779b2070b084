// What the plugin asked its host in each callback, by name and in order.

export interface CallbackRecord {
  /** `proxy_on_request_headers`. */
  readonly callback: string;
  /** Host calls without their prefix: `get_header_map_value`. */
  readonly calls: string[];
}

export class CallRecord {
  private readonly byContext = new Map<number, CallbackRecord[]>();
  private readonly latest = new Map<string, CallbackRecord>();
  private running: CallbackRecord | undefined;

  callback(name: string, contextId: number): void {
    this.running = { callback: name, calls: [] };
    this.latest.set(name, this.running);
    const records = this.byContext.get(contextId) ?? [];
    records.push(this.running);
    this.byContext.set(contextId, records);
  }

  hostCall(name: string): void {
    this.running?.calls.push(name.replace(/^proxy_/, ''));
  }

  /** Host calls of the latest callback of that name, on whatever context. */
  lastCalls(callback: string): readonly string[] {
    return this.latest.get(callback)?.calls ?? [];
  }

  /** The list of a context; it goes on growing with the context's callbacks. */
  of(contextId: number): readonly CallbackRecord[] {
    const records = this.byContext.get(contextId) ?? [];
    this.byContext.set(contextId, records);
    return records;
  }

  /** A stream is over: a long test must not keep the records of each. */
  forget(contextId: number): void {
    this.byContext.delete(contextId);
  }
}
