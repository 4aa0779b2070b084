import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { GlobalNetwork } from '../../../trainer/learning/global-network.js';
import { layout } from '../../../trainer/learning/parameters.js';
import { compiledScript } from '../../../trainer/mesh/apps/child-process.js';

const parts = layout([
  { name: 'w1', rows: 2, columns: 3, fanIn: 3 },
  { name: 'b1', rows: 1, columns: 2, fanIn: 0 },
]);
const OPTIONS = { optimiser: 'adam', learningRate: 0.1, clip: 1, averaging: 0.99, decisions: 5 } as const;

function trained(updates = 3): GlobalNetwork {
  const global = new GlobalNetwork(parts);
  global.parameters.set([1, 2, 3, 4, 5, 6, 7, 8]);
  global.average.set(global.parameters);
  for (let i = 0; i < updates; i++) global.apply(Float32Array.of(1, -1, 2, -2, 3, -3, 4, 0), OPTIONS);
  return global;
}

describe('the global network', () => {
  it('loses no step of threads that step it at the same time', async () => {
    const [threads, times] = [3, 600];
    const wide = layout([{ name: 'w1', rows: 8, columns: 64, fanIn: 1 }]);
    const global = new GlobalNetwork(wide);
    const script = compiledScript(import.meta.url, '../../../trainer/learning/global-network.js');
    const workers = Array.from(
      { length: threads },
      () =>
        new Worker(fileURLToPath(new URL('global-network-worker.mjs', import.meta.url)), {
          workerData: { script, layout: wide, buffers: global.buffers, times },
        }),
    );
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    for (const worker of workers) worker.postMessage('go');
    await Promise.all(workers.map((worker) => once(worker, 'exit')));
    const steps = threads * times;
    expect([global.updates, global.decisions, global.state.steps[0]]).toEqual([steps, 3 * steps, steps]);
    // Adam under a constant gradient steps by the learning rate, which is 1. A parameter of up to 2^11 is a float to 2^-13
    // to either side at each of the steps: less than 0.25 in all, and nothing like a whole step.
    for (const parameter of global.parameters) expect(Math.abs(parameter + steps)).toBeLessThan(0.5);
  });

  it.each([
    ['NaN', NaN, 7, /^a gradient of b1 is NaN after update 3: /],
    ['Infinity', Infinity, 0, /^a gradient of w1 is Infinity after update 3: /],
    ['-Infinity', -Infinity, 5, /^a gradient of w1 is -Infinity after update 3: /],
  ])(
    'names the part, the value and the update of a gradient with %s, and stays as it was',
    (_, value, at, message) => {
      const global = trained();
      const before = global.snapshot();
      const gradient = new Float32Array(8).fill(0.5);
      gradient[at] = value;
      expect(() => global.apply(gradient, OPTIONS)).toThrow(message);
      // Object.is of every number, so that even a NaN or a -0 would show.
      expect(global.snapshot()).toEqual(before);
      // And it is not locked: the next step is that of a network that never saw the bad one.
      const other = trained();
      for (const of of [global, other]) of.apply(new Float32Array(8).fill(0.5), OPTIONS);
      expect(global.snapshot()).toEqual(other.snapshot());
    },
  );

  it('cuts a gradient to the length allowed', () => {
    const [long, short] = [trained(0), trained(0)];
    const sgd = { ...OPTIONS, optimiser: 'rmsprop' as const };
    long.apply(Float32Array.of(30, 40, 0, 0, 0, 0, 0, 0), sgd);
    short.apply(Float32Array.of(0.6, 0.8, 0, 0, 0, 0, 0, 0), sgd);
    for (const [i, parameter] of long.parameters.entries())
      expect(parameter).toBeCloseTo(short.parameters[i]!, 6);
  });

  it('averages its parameters, the first updates without the start', () => {
    const global = new GlobalNetwork(parts);
    global.parameters.fill(1);
    global.average.fill(1);
    const seen: number[] = [];
    const expected: number[] = [];
    let average = NaN;
    for (let updates = 0; updates < 1200; updates++) {
      global.apply(new Float32Array(8).fill(1), { ...OPTIONS, learningRate: 0.001 });
      // Of what was, at most 99%, and of the first updates less: updates / (updates + 10).
      const keep = Math.min(0.99, updates / (updates + 10));
      average = keep === 0 ? global.parameters[0]! : keep * average + (1 - keep) * global.parameters[0]!;
      seen.push(global.average[0]!);
      expected.push(average);
    }
    for (const [i, value] of expected.entries()) expect(seen[i]).toBeCloseTo(value, 4);
    expect(global.served()).toEqual(global.average);
  });

  it('hands out copies, and shares its numbers through its buffers', () => {
    const global = trained();
    const copy = global.copy();
    const same = new GlobalNetwork(parts, global.buffers);
    global.apply(new Float32Array(8).fill(1), OPTIONS);
    expect(same.parameters).toEqual(global.parameters);
    expect(copy).not.toEqual(global.copy());
    expect([same.updates, same.decisions, same.stopped]).toEqual([4, 20, false]);
    global.stop();
    expect(same.stopped).toBe(true);
  });
});
