// Passes spans on to an OTLP/HTTP collector, such as Jaeger's, once they are cleaned. It never holds up who brings them:
// what does not fit into a bounded queue is dropped and counted.
import type { Logger } from 'pino';
import { request } from 'undici';
import { encodeProtobuf } from './otlp/encode-protobuf.js';
import type { Span } from './span.js';

export interface ForwarderOptions {
  /** `http://jaeger:4318/v1/traces` */
  readonly url: string;
  readonly log: Logger;
  readonly limits?: Partial<ForwarderLimits>;
}

export interface ForwarderLimits {
  readonly queueSpans: number;
  readonly batchSpans: number;
  readonly flushMs: number;
  readonly timeoutMs: number;
  /** Tries of a batch, and the wait before the second; it doubles from there. */
  readonly tries: number;
  readonly retryMs: number;
  readonly closeMs: number;
}

export const FORWARDER_LIMITS: ForwarderLimits = {
  ...{ queueSpans: 50_000, batchSpans: 2000, flushMs: 500, timeoutMs: 5000 },
  ...{ tries: 4, retryMs: 250, closeMs: 2000 },
};
/** What OTLP/HTTP names as worth another try. */
const RETRYABLE = new Set([429, 502, 503, 504]);
const MAX_RETRY_AFTER_MS = 10_000;

export class Forwarder {
  readonly #limits: ForwarderLimits;
  readonly #stop = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #queue: Span[] = [];
  #sending: Promise<void> | undefined;
  #isFailing = false;
  sent = 0;
  dropped = 0;

  constructor(private readonly options: ForwarderOptions) {
    this.#limits = { ...FORWARDER_LIMITS, ...options.limits };
    this.#timer = setInterval(() => void this.#flush(), this.#limits.flushMs).unref();
  }

  take(spans: readonly Span[]): void {
    const room = Math.max(0, this.#limits.queueSpans - this.#queue.length);
    for (const span of room < spans.length ? spans.slice(0, room) : spans) this.#queue.push(span);
    this.dropped += Math.max(0, spans.length - room);
    if (this.#queue.length >= this.#limits.batchSpans) void this.#flush();
  }

  /** Sends what waits, for a moment at most. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    const late = setTimeout(() => this.#stop.abort(), this.#limits.closeMs);
    await this.#flush();
    clearTimeout(late);
    this.#stop.abort();
    this.dropped += this.#queue.splice(0).length;
  }

  #flush(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined));
    return this.#sending;
  }

  async #sendAll(): Promise<void> {
    while (this.#queue.length > 0 && !this.#stop.signal.aborted) {
      const batch = this.#queue.slice(0, this.#limits.batchSpans);
      this.#queue = this.#queue.slice(batch.length);
      const problem = await this.#send(encodeProtobuf(batch));
      if (problem === undefined) this.sent += batch.length;
      else this.dropped += batch.length;
      this.#say(problem);
    }
  }

  /** @returns what kept it from being sent */
  async #send(body: Uint8Array): Promise<string | undefined> {
    const { tries, retryMs } = this.#limits;
    for (let attempt = 1; ; attempt++) {
      const { problem, afterMs } = await this.#post(body);
      if (problem === undefined || afterMs === undefined || attempt === tries) return problem;
      await this.#pause(Math.min(Math.max(afterMs, retryMs * 2 ** (attempt - 1)), MAX_RETRY_AFTER_MS));
      if (this.#stop.signal.aborted) return problem;
    }
  }

  /** `afterMs` is absent where another try is of no use. */
  async #post(body: Uint8Array): Promise<{ problem?: string; afterMs?: number }> {
    const { url } = this.options;
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(this.#limits.timeoutMs)]);
    const headers = { 'content-type': 'application/x-protobuf' };
    try {
      const response = await request(url, { method: 'POST', headers, body, signal });
      await response.body.dump({ limit: 65_536 });
      const { statusCode } = response;
      if (statusCode < 300) return {};
      const problem = `${url} answered ${statusCode}`;
      if (!RETRYABLE.has(statusCode)) return { problem };
      return { problem, afterMs: 1000 * (Number(response.headers['retry-after']) || 0) };
    } catch (error) {
      return { problem: `${url}: ${(error as Error).message}`, afterMs: 0 };
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const { signal } = this.#stop;
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
    });
  }

  /** Once when it begins, and once when it is over. */
  #say(problem: string | undefined): void {
    if ((problem !== undefined) === this.#isFailing) return;
    this.#isFailing = problem !== undefined;
    if (problem === undefined) this.options.log.info('spans are passed on again');
    else this.options.log.warn({ problem }, 'spans cannot be passed on, and are dropped');
  }
}
