import { describe, expect, it } from 'vitest';
import { cellsOf } from '../../../trainer/comparison/cells.js';
import { budgetText } from '../../../trainer/comparison/facts.js';
import { Looks, spent } from '../../../trainer/comparison/learn.js';
import {
  CLASSIC,
  learnedPlan,
  lookShares,
  TECHNIQUES,
  techniquesPlan,
} from '../../../trainer/comparison/plan.js';
import { jobsOf } from '../../../trainer/evaluation/plan.js';
import { planOf, scenario } from './fakes.js';

describe('the plan of a comparison', () => {
  it('gives a training the requests that the techniques met with its seed', () => {
    const plan = planOf({ seeds: 3 });
    const met = jobsOf(techniquesPlan(plan)).filter(({ policy }) => policy === 'peak-ewma');
    for (const seed of [1, 2, 3]) {
      const learned = jobsOf(learnedPlan(plan, seed, 'actor'));
      expect(learned.map((job) => [job.scenario.name, job.seed])).toEqual(
        met.filter((job) => job.seed === 10 + seed - 1).map((job) => [job.scenario.name, job.seed]),
      );
    }
  });

  it('has the classic techniques, and the strongest, each once', () => {
    expect(TECHNIQUES).toEqual(expect.arrayContaining([...CLASSIC, 'ewma-full', 'prequal']));
    expect(new Set(TECHNIQUES).size).toBe(TECHNIQUES.length);
  });

  it('looks at the start, and at even shares up to the end', () => {
    expect(lookShares(4)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(lookShares(1)).toEqual([0, 1]);
  });
});

describe('cellsOf', () => {
  it('tells stress from normal by the load, and puts the patterns in the order of the paper', () => {
    const scenarios = [
      scenario('a', 0.95, 'ramp'),
      scenario('b', 0.6, 'ramp'),
      scenario('c', 0.79),
      scenario('d', 0.8),
      scenario('e', 0.5),
    ];
    expect(cellsOf(scenarios)).toEqual([
      { level: 'normal', pattern: 'steady', scenarios: [2, 4] },
      { level: 'normal', pattern: 'ramp', scenarios: [1] },
      { level: 'stress', pattern: 'steady', scenarios: [3] },
      { level: 'stress', pattern: 'ramp', scenarios: [0] },
    ]);
  });
});

describe('the budget', () => {
  it('is spent by what ends first, and never more than once', () => {
    const at = (updates: number, elapsedMs: number) => ({ updates, elapsedMs });
    expect(spent({ minutes: Infinity, updates: 200 }, at(50, 1e9))).toBe(0.25);
    expect(spent({ minutes: 2, updates: Infinity }, at(1e9, 30_000))).toBe(0.25);
    expect(spent({ minutes: 1, updates: 100 }, at(10, 30_000))).toBe(0.5);
    expect(spent({ minutes: 1, updates: 100 }, at(130, 0))).toBe(1);
  });

  it('is told in words', () => {
    expect(budgetText({ minutes: 0.25, updates: Infinity })).toBe('15 s');
    expect(budgetText({ minutes: 10, updates: Infinity })).toBe('10 minutes');
    expect(budgetText({ minutes: 0.5, updates: 1 })).toBe('30 s or 1 update');
  });
});

describe('the looks at a training', () => {
  const model = (byte: number) => () => ({ policy: 'actor', model: Uint8Array.of(byte) }) as const;
  const moment = (byte: number) => ({
    updates: byte,
    decisions: 100 * byte,
    elapsedMs: 7 * byte,
    served: model(byte),
  });

  it('take what is served when a share is reached, once', () => {
    const looks = new Looks([0, 0.5, 1]);
    for (const [share, byte] of [
      [0, 0],
      [0.2, 1],
      [0.5, 2],
      [0.8, 3],
      [1, 4],
      [1, 5],
    ] as const)
      looks.add(share, moment(byte));
    expect(looks.taken.map(({ progress, decisions }) => [progress, decisions])).toEqual([
      [0, 0],
      [0.5, 200],
      [1, 400],
    ]);
    expect(looks.taken[1]).toMatchObject({ elapsedMs: 14, served: model(2)() });
  });

  it('take one for all shares that a fast training passes at once', () => {
    const looks = new Looks([0, 0.25, 0.5, 1]);
    looks.add(0, moment(0));
    looks.add(1, moment(9));
    expect(looks.taken.map(({ progress, decisions }) => [progress, decisions])).toEqual([
      [0, 0],
      [0.25, 900],
      [0.5, 900],
      [1, 900],
    ]);
  });
});
