// The trainer as a sidecar sees it: it takes reports and answers what the test says, in time or not, in form or not.
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { LocalServer } from './local-server.js';

export interface ReceivedReport {
  readonly headers: IncomingHttpHeaders;
  /** When it had arrived, ms of `performance.now()`. */
  readonly at: number;
  /** The status that it is answered with. */
  readonly status: number;
  /** The body as sent. */
  readonly text: string;
  /** The body parsed; a test that parses garbage fails here. */
  readonly json: unknown;
}

export interface Reply {
  readonly status?: number;
  readonly delayMs?: number;
  /** Sent as JSON, or as it is where it is text: garbage. */
  readonly body?: object | string;
}

export interface FakeTrainer {
  readonly port: number;
  /** Posts to /v1/reports, oldest first. */
  readonly reports: readonly ReceivedReport[];
  /** How every report is answered from now on. */
  reply(reply: Reply): void;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** Says nothing new: no cluster is known, come again in a tenth of a second. */
const EMPTY: Reply = { body: { nextMs: 100, proxies: 1, clusters: [] } };

export async function startFakeTrainer(initial: Reply = EMPTY): Promise<FakeTrainer> {
  const reports: ReceivedReport[] = [];
  let current = initial;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await bodyOf(request);
    if (request.method !== 'POST' || request.url !== '/v1/reports') {
      response.writeHead(404).end();
      return;
    }
    const { status = 200, delayMs = 0, body = {} } = current;
    reports.push({
      headers: request.headers,
      at: performance.now(),
      status,
      text,
      get json(): unknown {
        return JSON.parse(text);
      },
    });
    if (delayMs > 0) await pause(delayMs);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

  const server = await LocalServer.start((request, response) => {
    // A sidecar that goes away in the middle of a report is no failure of the test.
    answer(request, response).catch(() => response.destroy());
  });
  return {
    port: server.port,
    reports,
    reply: (next) => {
      current = next;
    },
    kill: () => server.kill(),
    restart: () => server.restart(),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
