import { beforeAll, describe, expect, it } from 'vitest';
import { CONTEXT_FEATURES } from '../../../trainer/actor/features.js';
import { HIDDEN_FIELDS } from '../../../trainer/environment/decisions.js';
import { createRandom } from '../../../trainer/environment/random.js';
import { loadBackend, type TF } from '../../../trainer/learning/backend.js';
import { toBatches } from '../../../trainer/learning/batch.js';
import {
  CRITIC_INPUTS,
  CriticMemory,
  FOLLOWED,
  criticInputs,
  criticParts,
  delayedLog,
  valueLoss,
} from '../../../trainer/learning/critic.js';
import type { Experience } from '../../../trainer/learning/experience.js';
import { step } from '../../../trainer/learning/optimiser.js';
import { initialise, layout } from '../../../trainer/learning/parameters.js';
import { lossGradient } from '../../../trainer/learning/tensors.js';
import { experienceOf, type Row } from './support.js';

const parts = layout(criticParts);
const offsetOf = (name: string) => parts.parts.find((part) => part.name === name)!.offset;

type Hidden = Partial<Record<(typeof HIDDEN_FIELDS)[number], number>>;
const row = (known: Hidden, weight = 0.5): Row => ({
  weight,
  hidden: HIDDEN_FIELDS.map(
    (name) => known[name] ?? { slots: 1, expectedMs: 1, ownMs: 1 }[name as string] ?? 0,
  ),
});

/** One decision an entry, settled: the endpoint chosen, and the delay that followed. */
function settled(...of: { known: Hidden; delayed: number; failed?: number }[]): Experience {
  const experience = experienceOf(...of.map(({ known }) => ({ rows: [row(known), row({})] })));
  for (const [d, { delayed, failed = 0 }] of of.entries()) {
    experience.delayed[d] = delayed;
    experience.failed[d] = failed;
  }
  return experience;
}

/** What the memory holds, as its samples tell. */
function counts(memory: CriticMemory): number[] {
  const { counts: drawn } = memory.sample(createRandom(1), 500);
  return [...new Set(drawn)].sort((a, b) => a - b);
}

let tf: TF;
beforeAll(async () => {
  ({ tf } = await loadBackend('wasm'));
});

describe('the loss of the critic', () => {
  it('has its minimum at the mean of the counts, whatever their distribution', () => {
    const seen = [0, 0, 0, 0, 1, 0, 12, 3];
    const mean = 2;
    const at = (value: number) => {
      const parameters = new Float32Array(parts.size);
      parameters[offsetOf('criticBias2')] = Math.log(value);
      return lossGradient(tf, parts, parameters, (weights) =>
        valueLoss(tf, weights, tf.zeros([seen.length, CRITIC_INPUTS]), tf.tensor2d(seen, [seen.length, 1])),
      );
    };
    // Mean of e^log - log x count: slope e^log - mean.
    expect(at(mean).gradient[offsetOf('criticBias2')]).toBeCloseTo(0, 6);
    expect(at(3).gradient[offsetOf('criticBias2')]).toBeCloseTo(1, 5);
    for (const other of [1.9, 2.1, 0.5, 30]) expect(at(other).loss).toBeGreaterThan(at(mean).loss);
  });

  it('foresees between e^-6 and as many as the simulator follows', () => {
    for (const [bias, expected] of [
      [-50, -6],
      [50, Math.log(FOLLOWED)],
    ] as const) {
      const weights = Object.fromEntries(
        parts.parts.map(({ name, rows, columns }) => [name, tf.zeros([rows, columns])]),
      );
      weights['criticBias2'] = tf.tensor2d([bias], [1, 1]);
      expect(delayedLog(tf, weights, tf.zeros([1, CRITIC_INPUTS])).dataSync()[0]).toBeCloseTo(expected, 5);
    }
  });
});

describe('the critic', () => {
  it('learns how many requests a queue delays', () => {
    // A made-up law over queues of 0 to 40: half of those who wait are delayed, and one more.
    const random = createRandom(3);
    const law = (assigned: number) => 1 + assigned / 2;
    const memory = new CriticMemory();
    for (let i = 0; i < 40; i++)
      memory.add(
        settled(
          ...Array.from({ length: 50 }, () => {
            const assigned = random.int(41);
            // Twice the mean or nothing: it is the mean that is to be learned.
            const known = { ownMs: 4, expectedMs: 4, slots: 2, assigned, backlogMs: 2 * assigned };
            return { known, delayed: random.next() < 0.5 ? 0 : (2 * law(assigned) * 4) / 2 };
          }),
        ),
      );
    const parameters = initialise(parts, random);
    const state = {
      first: new Float32Array(parts.size),
      second: new Float32Array(parts.size),
      steps: new Int32Array(1),
    };
    const BATCH = 256;
    for (let update = 0; update < 400; update++) {
      const { inputs, counts: targets } = memory.sample(random, BATCH);
      const { gradient } = lossGradient(tf, parts, parameters, (weights) =>
        valueLoss(tf, weights, tf.tensor2d(inputs, [BATCH, CRITIC_INPUTS]), tf.tensor2d(targets, [BATCH, 1])),
      );
      step('adam', parameters, gradient, state, 0.01 * (1 - update / 400));
    }
    const asked = [0, 5, 20, 40];
    const known = (assigned: number) => ({
      ownMs: 4,
      expectedMs: 4,
      slots: 2,
      assigned,
      backlogMs: 2 * assigned,
    });
    const [batch] = toBatches(
      asked.map((assigned) => experienceOf({ rows: [row(known(assigned)), row({})] })),
    );
    let logs: Float32Array = new Float32Array(0);
    lossGradient(tf, parts, parameters, (weights) => {
      const all = delayedLog(
        tf,
        weights,
        tf.tensor2d(criticInputs(batch!), [2 * asked.length, CRITIC_INPUTS]),
      );
      logs = all.dataSync() as Float32Array;
      return tf.sum(all);
    });
    // 2000 counts of standard deviation as large as their mean, some 50 a queue length: 1 / sqrt(50) = 14% each, less for
    // what neighbours share; 3 of these.
    for (const [i, assigned] of asked.entries())
      expect(Math.abs(Math.exp(logs[2 * i]!) / law(assigned) - 1)).toBeLessThan(0.42);
  });

  it('sees the load of the cluster where the features have it', () => {
    const context = CONTEXT_FEATURES.map((name) => (name === 'load' ? 48 : 0));
    const [batch] = toBatches([experienceOf({ rows: [row({}), row({})], context })]);
    expect(criticInputs(batch!)[CRITIC_INPUTS - 1]).toBe(1.5);
  });

  it('sees the same of an endpoint in a batch and in its memory', () => {
    const known = { ownMs: 3, expectedMs: 6, slots: 4, assigned: 7, backlogMs: 5, cpu: 0.5 };
    const experience = settled({ known, delayed: 1 });
    const memory = new CriticMemory(1);
    memory.add(experience);
    const inputs = [...criticInputs(toBatches([experience])[0]!)].slice(0, CRITIC_INPUTS);
    expect([...memory.sample(createRandom(1), 1).inputs]).toEqual(inputs);
    const expected = [5 / 6, 7].map(Math.log1p);
    expected.push(Math.log(4), 1, Math.log1p(7 / 4), Math.log1p(0.5), 0);
    for (const [i, value] of expected.entries()) expect(inputs[i]).toBeCloseTo(value, 6);
  });
});

describe('the memory of the critic', () => {
  it('counts requests: the delay over what the request takes of all slots together', () => {
    const memory = new CriticMemory();
    // Each of those behind waits for 8 / 4 ms of the slots.
    memory.add(settled({ known: { ownMs: 8, slots: 4 }, delayed: 6 }));
    expect(counts(memory)).toEqual([3]);
  });

  it('leaves out what is not known: open outcomes, failures, requests without work', () => {
    const memory = new CriticMemory();
    memory.add(
      settled(
        { known: {}, delayed: NaN },
        { known: {}, delayed: 3, failed: 1 },
        { known: { ownMs: 0 }, delayed: 3 },
      ),
    );
    expect(memory.size).toBe(0);
    memory.add(settled({ known: {}, delayed: 0 }));
    expect([memory.size, ...counts(memory)]).toEqual([1, 0]);
  });

  it('counts no more than the simulator follows, and keeps the latest', () => {
    const memory = new CriticMemory(3);
    memory.add(settled(...[1000, 1, 2, 3].map((delayed) => ({ known: {}, delayed }))));
    expect([memory.size, ...counts(memory)]).toEqual([3, 1, 2, 3]);
    memory.add(settled({ known: {}, delayed: 1000 }));
    expect(counts(memory)).toEqual([2, 3, FOLLOWED]);
  });
});
