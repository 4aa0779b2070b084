// A trainer for one test file, and plain requests to it.
import { pino } from 'pino';
import { startServer, type ServerOptions, type TrainerServer } from '../../../trainer/server/server.js';

/** Functions, not methods, so that a test can take them apart. */
export interface TestServer extends Omit<TrainerServer, 'close'> {
  /** The clock of the server. */
  clock: { now: number };
  url: (path: string) => string;
  post: (body: string | Uint8Array | object, headers?: Record<string, string>) => Promise<Response>;
  close: (graceMs?: number) => Promise<void>;
}

export async function testServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const clock = { now: 1000 };
  const server = await startServer({ log: pino({ level: 'silent' }), now: () => clock.now, ...options });
  const url = (path: string) => `http://127.0.0.1:${server.port}${path}`;
  return {
    ...server,
    close: (graceMs) => server.close(graceMs),
    clock,
    url,
    post: (body, headers = { 'content-type': 'application/json' }) => {
      const raw = typeof body === 'string' || body instanceof Uint8Array;
      return fetch(url('/v1/reports'), {
        method: 'POST',
        headers,
        body: raw ? body : JSON.stringify(body),
      });
    },
  };
}

/** The problem of a response, checked for its form. */
export async function problemOf(
  response: Response,
): Promise<{ status: number; detail: string; errors?: object[] }> {
  const type = response.headers.get('content-type') ?? '';
  if (!type.startsWith('application/problem+json'))
    throw new Error(`${response.status} has the type ${type}`);
  const problem = (await response.json()) as { type: string; title: string; status: number; detail: string };
  if (problem.status !== response.status || problem.title === undefined || problem.type !== 'about:blank') {
    throw new Error(`not a problem of ${response.status}: ${JSON.stringify(problem)}`);
  }
  return problem;
}
