// Requests to one address, a fixed number at a time, and what became of them.
import { Pool } from 'undici';

export interface LoadOptions {
  /** Requests at a time, each on a connection of its own. */
  readonly concurrency?: number;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs?: number;
}

export interface LoadResult {
  /** Answers by their `x-served-by`, that is by the upstream's `ip:port`. */
  readonly byEndpoint: Map<string, number>;
  readonly statuses: Map<number, number>;
  /** Requests without any answer, by error message. */
  readonly failures: Map<string, number>;
  readonly latenciesMs: number[];
}

/** Sends `count` requests. */
export function send(address: string, count: number, options: LoadOptions = {}): Promise<LoadResult> {
  let left = count;
  return run(address, () => left-- > 0, options);
}

export interface RunningLoad {
  readonly result: LoadResult;
  /** Sends no more, and waits for what is on its way. */
  stop(): Promise<LoadResult>;
}

/** Sends until stopped. */
export function startLoad(address: string, options: LoadOptions = {}): RunningLoad {
  let stopped = false;
  const result = emptyResult();
  const over = run(address, () => !stopped, options, result);
  return {
    result,
    stop: () => {
      stopped = true;
      return over;
    },
  };
}

async function run(
  address: string,
  more: () => boolean,
  options: LoadOptions,
  result: LoadResult = emptyResult(),
): Promise<LoadResult> {
  const { concurrency = 8, timeoutMs = 20_000 } = options;
  const pool = new Pool(`http://${address}`, {
    connections: concurrency,
    pipelining: 1,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  const sender = async (): Promise<void> => {
    while (more()) await one(pool, options, result);
  };
  await Promise.all(Array.from({ length: concurrency }, sender));
  await pool.destroy();
  return result;
}

async function one(pool: Pool, options: LoadOptions, result: LoadResult): Promise<void> {
  const { method = 'GET', path = '/', headers = {}, body = null } = options;
  const started = performance.now();
  try {
    const answer = await pool.request({ method, path, headers, body });
    await answer.body.dump();
    count(result.statuses, answer.statusCode);
    const servedBy = answer.headers['x-served-by'];
    if (typeof servedBy === 'string') count(result.byEndpoint, servedBy);
  } catch (error) {
    count(result.failures, error instanceof Error ? error.message : String(error));
  }
  result.latenciesMs.push(performance.now() - started);
}

function emptyResult(): LoadResult {
  return { byEndpoint: new Map(), statuses: new Map(), failures: new Map(), latenciesMs: [] };
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
