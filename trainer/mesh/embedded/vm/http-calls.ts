// Http calls that a plugin has made and that wait for their answer.
import { Status } from './abi.js';
import { HeaderMap } from './header-map.js';
import type { HttpCall } from './options.js';
import type { RootContext } from './root-context.js';

/** Without these Envoy refuses a call. */
const REQUIRED = [':method', ':path', ':authority'];

export type HttpCallRequest = Omit<HttpCall, 'token' | 'vm'>;

export class HttpCalls {
  private readonly waiting = new Map<number, RootContext>();
  private lastToken = 0;

  start(root: RootContext, request: HttpCallRequest): { status: number; token: number } {
    const refused = (status: number) => ({ status, token: 0 });
    const { httpCall } = root.vm.options;
    const complete = REQUIRED.every((name) => request.headers.get(name) !== undefined);
    if (httpCall === undefined || !complete || request.timeoutMs < 0) return refused(Status.BAD_ARGUMENT);
    const token = ++this.lastToken;
    this.waiting.set(token, root);
    const status = httpCall({ ...request, token, vm: root.vm });
    if (status === Status.OK) return { status, token };
    this.waiting.delete(token);
    return refused(status);
  }

  /** Takes the answer, `undefined` where the call failed; false when nobody waits for it (any more). */
  answer(token: number, headers?: HeaderMap, body?: Uint8Array, trailers?: HeaderMap): boolean {
    const root = this.waiting.get(token);
    if (root === undefined) return false;
    this.waiting.delete(token);
    const response = headers && {
      headers,
      body: body ?? new Uint8Array(0),
      trailers: trailers ?? new HeaderMap(),
    };
    root.vm.options.process.defer(() => root.httpCallResponse(token, response));
    return true;
  }

  /** The root context is gone: nobody is left to hear the answers. */
  cancel(root: RootContext): void {
    for (const [token, owner] of this.waiting) {
      if (owner !== root) continue;
      this.waiting.delete(token);
      root.vm.options.cancelHttpCall?.(token);
    }
  }
}
