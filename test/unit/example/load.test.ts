import { expect, it, onTestFinished } from 'vitest';
import { LocalServer } from '../../e2e/support/local-server.js';
import { service, start } from './process.js';

interface Summary {
  readonly answered: number;
  readonly errors: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly meanMs: number | null;
}

const run = async (env: Record<string, string>) => {
  const { ended, stdout } = start('load.mjs', env);
  const { code, stderr } = await ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout().trimEnd().split('\n');
  return { seconds: lines.slice(0, -1), summary: JSON.parse(lines.at(-1) ?? '') as Summary };
};

it('sends at its rate and sums up', async () => {
  const { address } = await service({ NAME: 'a', MEAN_MS: '20', WORKERS: '100' });
  const { seconds, summary } = await run({
    TARGET: `http://${address}`,
    RPS: '100',
    SECONDS: '3',
    HEAVY: '0.2',
  });
  expect(seconds.length).toBeGreaterThanOrEqual(2);
  const line = /^\d s {2}\d+ answers {2}p50 [\d.]+ ms {2}p99 [\d.]+ ms {2}0 errors$/m;
  expect(seconds.join('\n')).toMatch(line);
  expect(summary).toMatchObject({ rps: 100, seconds: 3, errors: 0 });
  // Poisson of mean 300: five standard deviations.
  expect(Math.abs(summary.answered - 300)).toBeLessThan(5 * Math.sqrt(300));
  expect(summary.p50Ms).toBeGreaterThan(19);
  expect(summary.p99Ms).toBeGreaterThan(99);
  expect(summary.meanMs).toBeGreaterThan(19);
});

it('does not wait for answers, and counts from when a request was due', async () => {
  const { address } = await service({ NAME: 'a', MEAN_MS: '100', WORKERS: '1' });
  const { summary } = await run({ TARGET: `http://${address}`, RPS: '50', SECONDS: '1', HEAVY: '0' });
  // About 50 requests of 100 ms each on one slot: the last ones wait for seconds.
  expect(summary.errors).toBe(0);
  expect(summary.p99Ms).toBeGreaterThan(2000);
});

it('has the same requests for the same seed', async () => {
  const paths: string[] = [];
  const server = await LocalServer.start((request, response) => {
    paths.push(request.url!);
    response.end();
  });
  onTestFinished(() => server.kill());
  const load = { TARGET: `http://${server.address}`, RPS: '100', SECONDS: '1', HEAVY: '0.5' };
  const count = async (seed: string) => {
    paths.length = 0;
    const { summary } = await run({ ...load, SEED: seed });
    return [summary.answered, paths.filter((path) => path === '/heavy').length];
  };
  const first = await count('7');
  expect(await count('7')).toEqual(first);
  expect(await count('8')).not.toEqual(first);
});

it('counts what fails', async () => {
  const { address } = await service({ NAME: 'a', ERROR_RATE: '1' });
  const { summary } = await run({ TARGET: `http://${address}`, RPS: '20', SECONDS: '1' });
  expect(summary).toMatchObject({ answered: 0, p50Ms: null, p99Ms: null, meanMs: null });
  expect(summary.errors).toBeGreaterThan(5);
});

it.each([
  [{ TARGET: 'productpage' }, 'TARGET: expected a URL like http://host:port, got "productpage"'],
  [{ RPS: '0' }, 'RPS: expected a number from 0.1 to 10000, got "0"'],
  [{ SECONDS: 'x' }, 'SECONDS: expected a number from 1 to 86400, got "x"'],
  [{ HEAVY: '2' }, 'HEAVY: expected a number from 0 to 1, got "2"'],
  [{ SEED: '' }, 'SEED: expected a number from 0 to 4294967295, got ""'],
])('refuses %j in one line', async (env, line) => {
  expect(await start('load.mjs', env).ended).toEqual({ code: 2, stderr: `${line}\n` });
});
