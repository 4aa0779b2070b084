// Server-sent events (WHATWG HTML, 9.2): who listens, at most so many, and nobody who cannot keep up.
import type { Response } from 'express';
import { Problem } from './problem.js';

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

export type Send = (text: string) => void;

/** Sends what there is already, from then on whatever comes. @returns what ends it */
export type Source = (send: Send) => () => void;

/** All streams of the server, whatever they tell of. */
export class EventStreams {
  readonly #open = new Set<Response>();

  constructor(readonly limits: StreamLimits = STREAM_LIMITS) {}

  get listeners(): number {
    return this.#open.size;
  }

  /** @throws {Problem} 503 when there are too many listeners */
  open(response: Response, source: Source): void {
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
    response.on('close', () => this.#open.delete(response));
    const send: Send = (text) => {
      response.write(text);
      if (response.writableLength > this.limits.bufferBytes) response.destroy();
    };
    send(`retry: ${RETRY_MS}\n\n`);
    const end = source(send);
    const heartbeat = setInterval(() => send(':\n\n'), this.limits.heartbeatMs);
    response.on('close', () => {
      end();
      clearInterval(heartbeat);
    });
  }

  /** Ends all streams. */
  close(): void {
    for (const response of this.#open) response.end();
  }
}

export interface Message {
  readonly data: unknown;
  /** Name that a browser listens to; absent = `message`. */
  readonly event?: string;
  /** What `Last-Event-ID` will say. */
  readonly id?: number;
}

/** JSON has no line breaks of its own. */
export function messageText({ data, event, id }: Message): string {
  const name = event === undefined ? '' : `event: ${event}\n`;
  const number = id === undefined ? '' : `id: ${id}\n`;
  return `${name}${number}data: ${JSON.stringify(data)}\n\n`;
}
