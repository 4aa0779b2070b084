// A tiny application behind a sidecar, as well or as badly behaved as a test wants it.
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { LocalServer } from './local-server.js';

export interface Behaviour {
  readonly status?: number;
  readonly delayMs?: number;
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
  readonly lastHeaders: IncomingHttpHeaders;
  behave(behaviour: Behaviour): void;
  kill(): Promise<void>;
  /** Back on the same port. */
  restart(): Promise<void>;
}

export async function startUpstream(initial: Behaviour = {}): Promise<Upstream> {
  let behaviour = initial;
  const seen = { requests: 0, inFlight: 0, lastHeaders: {} as IncomingHttpHeaders };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status = 200, delayMs = 0, headers = {}, body = 'ok', reset = false } = behaviour;
    seen.requests++;
    seen.lastHeaders = request.headers;
    seen.inFlight++;
    response.once('close', () => seen.inFlight--);
    request.resume();
    if (delayMs > 0) await pause(delayMs);
    if (reset) request.socket.destroy();
    else response.writeHead(status, { 'x-served-by': server.address, ...headers }).end(body);
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
    get lastHeaders() {
      return seen.lastHeaders;
    },
    behave: (next) => {
      behaviour = next;
    },
    kill: () => server.kill(),
    restart: () => server.restart(),
  };
}

export function startUpstreams(count: number, behaviour?: Behaviour): Promise<Upstream[]> {
  return Promise.all(Array.from({ length: count }, () => startUpstream(behaviour)));
}
