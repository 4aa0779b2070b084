// Server-sent events (WHATWG HTML, 9.2): who listens, at most so many, and nobody who cannot keep up.
import type { Response } from 'express';
import type { TrainerEvent } from '../telemetry/event.js';
import { Problem } from './problem.js';
import type { EventsService } from './services.js';

export interface StreamLimits {
  readonly listeners: number;
  /** Bytes that wait for a listener; above this it is cut off, and comes back with `Last-Event-ID`. */
  readonly bufferBytes: number;
  /** Of the comments that keep proxies from closing a silent connection. */
  readonly heartbeatMs: number;
}

export const STREAM_LIMITS: StreamLimits = { listeners: 100, bufferBytes: 1024 * 1024, heartbeatMs: 15_000 };
/** How long a browser waits before it comes back. */
const RETRY_MS = 2000;

export class EventStreams {
  readonly #open = new Set<Response>();

  constructor(
    readonly events: EventsService,
    readonly limits: StreamLimits = STREAM_LIMITS,
  ) {}

  get listeners(): number {
    return this.#open.size;
  }

  /**
   * Sends what came after `seq`, where one is given, and then whatever comes.
   * @throws {Problem} 503 when there are too many listeners
   */
  open(response: Response, seq: number | undefined): void {
    if (this.#open.size >= this.limits.listeners) {
      response.set('retry-after', '10');
      throw new Problem(503, `there are ${this.limits.listeners} listeners already`);
    }
    response.status(200).set({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // Read by nginx, which would hold events back.
      'x-accel-buffering': 'no',
    });
    this.#open.add(response);
    const unsubscribe = this.events.subscribe((event) => {
      this.#send(response, textOf(event));
    });
    const heartbeat = setInterval(() => {
      this.#send(response, ':\n\n');
    }, this.limits.heartbeatMs);
    response.on('close', () => {
      this.#open.delete(response);
      unsubscribe();
      clearInterval(heartbeat);
    });
    const missed = seq === undefined ? [] : this.events.since(seq);
    this.#send(response, `retry: ${RETRY_MS}\n\n${missed.map(textOf).join('')}`);
  }

  /** Ends all streams. */
  close(): void {
    for (const response of this.#open) response.end();
  }

  #send(response: Response, text: string): void {
    response.write(text);
    if (response.writableLength > this.limits.bufferBytes) response.destroy();
  }
}

/** One `message` event, its id the event's number. JSON has no line breaks of its own. */
function textOf(event: TrainerEvent): string {
  return `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;
}
