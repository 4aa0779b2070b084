// An http call that the plugin made: a report to the trainer, waiting for the test to answer it.
import { HeaderMap } from '../../../trainer/mesh/embedded/vm/header-map.js';
import type { HttpCall } from '../../../trainer/mesh/embedded/vm/options.js';

/** A status alone, a text or bytes with 200, or anything else as JSON with 200. */
export type Answer = number | string | Uint8Array | object;

export class MockHttpCall {
  private done = false;

  constructor(
    private readonly call: HttpCall,
    /** Index of the worker that made the call. */
    readonly worker: number,
  ) {}

  get cluster(): string {
    return this.call.cluster;
  }

  get headers(): Record<string, string> {
    return this.call.headers.toRecord();
  }

  get body(): string {
    return Buffer.from(this.call.body).toString('utf8');
  }

  /** The body, which must be JSON. */
  json<T = Record<string, unknown>>(): T {
    return JSON.parse(this.body) as T;
  }

  get timeoutMs(): number {
    return this.call.timeoutMs;
  }

  get answered(): boolean {
    return this.done;
  }

  /** False when the plugin does not wait for it any more. */
  answer(answer: Answer = {}): boolean {
    this.done = true;
    const status = typeof answer === 'number' ? answer : 200;
    const headers = HeaderMap.from({ ':status': String(status), 'content-type': 'application/json' });
    return this.call.vm.deliver(this.call.token, headers, answerBody(answer));
  }

  /** The connection breaks: the plugin is called with no headers and no body. */
  fail(): boolean {
    this.done = true;
    return this.call.vm.failCall(this.call.token);
  }
}

function answerBody(answer: Answer): Uint8Array {
  if (typeof answer === 'number') return new Uint8Array(0);
  if (answer instanceof Uint8Array) return answer;
  return Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer));
}
