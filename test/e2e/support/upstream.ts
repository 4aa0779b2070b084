// A tiny application behind a sidecar, as well or as badly behaved as a test wants it.
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { LocalServer } from './local-server.js';

export interface Behaviour {
  readonly status?: number;
  /** Until the answer begins: a number, or drawn for each request. */
  readonly delayMs?: number | (() => number);
  /** The body is sent twice, and the second time not before this: a stream. */
  readonly streamUntil?: Promise<unknown>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Cuts the connection instead of answering. */
  readonly reset?: boolean;
}

export interface Upstream {
  /** `ip:port`; also the answer's `x-served-by`. */
  readonly address: string;
  readonly port: number;
  /** Requests that arrived. */
  readonly requests: number;
  readonly inFlight: number;
  /** Requests that arrived while another one was in flight here. */
  readonly crowded: number;
  /** Most requests in flight at a time. */
  readonly peak: number;
  readonly lastHeaders: IncomingHttpHeaders;
  behave(behaviour: Behaviour): void;
  kill(): Promise<void>;
  /** Goes away like a server that is shut down: refuses new connections, and answers what is on its way. */
  drain(): void;
  /** Back on the same port. */
  restart(): Promise<void>;
}

export async function startUpstream(initial: Behaviour = {}): Promise<Upstream> {
  let behaviour = initial;
  const seen = { requests: 0, inFlight: 0, crowded: 0, peak: 0, lastHeaders: {} as IncomingHttpHeaders };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status = 200, delayMs = 0, streamUntil, headers = {}, body = 'ok', reset = false } = behaviour;
    seen.requests++;
    seen.lastHeaders = request.headers;
    if (seen.inFlight > 0) seen.crowded++;
    seen.peak = Math.max(seen.peak, ++seen.inFlight);
    response.once('close', () => seen.inFlight--);
    request.resume();
    const wait = typeof delayMs === 'number' ? delayMs : delayMs();
    if (wait > 0) await pause(wait);
    if (reset) {
      request.socket.destroy();
      return;
    }
    response.writeHead(status, { 'x-served-by': server.address, ...headers });
    if (streamUntil) {
      response.write(body);
      await streamUntil;
    }
    response.end(body);
  };

  const server = await LocalServer.start((request, response) => void answer(request, response));
  return {
    address: server.address,
    port: server.port,
    get requests() {
      return seen.requests;
    },
    get inFlight() {
      return seen.inFlight;
    },
    get crowded() {
      return seen.crowded;
    },
    get peak() {
      return seen.peak;
    },
    get lastHeaders() {
      return seen.lastHeaders;
    },
    behave: (next) => {
      behaviour = next;
    },
    kill: () => server.kill(),
    drain: () => server.drain(),
    restart: () => server.restart(),
  };
}

export function startUpstreams(count: number, behaviour?: Behaviour): Promise<Upstream[]> {
  return Promise.all(Array.from({ length: count }, () => startUpstream(behaviour)));
}
