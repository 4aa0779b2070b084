import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runJobs, type PoolOptions } from '../../../trainer/evaluation/pool.js';

interface Job {
  readonly name: string;
  readonly throws?: string;
  readonly exits?: number;
  readonly loops?: boolean;
  readonly waits?: boolean;
  readonly wakes?: boolean;
}

const run = (jobs: readonly Job[], size: number, options: Partial<PoolOptions<Job>> = {}) =>
  runJobs<Job, string>(jobs, {
    script: fileURLToPath(new URL('pool-worker.mjs', import.meta.url)),
    workerData: { shared: new SharedArrayBuffer(4) },
    size,
    describe: ({ name }) => `job ${name}`,
    ...options,
  });

describe('runJobs', () => {
  it('keeps the order of the jobs whatever the order in which they end', async () => {
    const done: number[] = [];
    // The first one ends only after the last one.
    const jobs = [{ name: 'a', waits: true }, { name: 'b' }, { name: 'c' }, { name: 'd', wakes: true }];
    expect(await run(jobs, 2, { onDone: (n) => done.push(n) })).toEqual(['did a', 'did b', 'did c', 'did d']);
    expect(done).toEqual([1, 2, 3, 4]);
  });

  it('starts no more workers than there are jobs, and none for none', async () => {
    expect(await run([{ name: 'a' }], 8)).toEqual(['did a']);
    expect(await run([], 8)).toEqual([]);
  });

  it('names the job in which a worker throws', async () => {
    await expect(run([{ name: 'a' }, { name: 'b', throws: 'no luck' }, { name: 'c' }], 1)).rejects.toThrow(
      'job b: no luck',
    );
  });

  it('names the job in which a worker dies, and does not wait for the others', async () => {
    const jobs = [
      { name: 'a', loops: true },
      { name: 'b', exits: 7 },
    ];
    await expect(run(jobs, 2)).rejects.toThrow('job b: its worker ended with exit code 7');
  });

  it('ends at once where it is aborted', async () => {
    const controller = new AbortController();
    const jobs = [{ name: 'a', loops: true }, { name: 'b' }];
    const running = run(jobs, 2, { signal: controller.signal, onDone: () => controller.abort() });
    await expect(running).rejects.toThrow('aborted');
  });

  it('does not start where it is aborted already', async () => {
    await expect(run([{ name: 'a' }], 1, { signal: AbortSignal.abort('early') })).rejects.toBe('early');
  });

  it('says what is wrong with a script that cannot be loaded', async () => {
    await expect(run([{ name: 'a' }], 1, { script: '/no/such/worker.mjs' })).rejects.toThrow(
      /job a: .*worker/,
    );
  });
});
