import { describe, expect, it } from 'vitest';
import type { Outcomes } from '../../../trainer/environment/decisions.js';
import { ExperienceLog } from '../../../trainer/learning/experience.js';
import { decisionsOf, scenario } from './support.js';

const made = (count: number) => Array.from({ length: count }, () => ({ rows: [{}, {}] }));

/** [number, ending, latency, delayed] of each. */
const outcomes = (...of: [number, number, number, number][]): Outcomes => ({
  count: of.length,
  number: Int32Array.from(of, ([number]) => number),
  ending: Int32Array.from(of, ([, ending]) => ending),
  latency: Float32Array.from(of, ([, , latency]) => latency),
  delayed: Float32Array.from(of, ([, , , delayed]) => delayed),
});

describe('the experience of a mesh', () => {
  it('finds the decision of every outcome, in this stretch or an earlier one', () => {
    const log = new ExperienceLog(scenario);
    const one = log.add(decisionsOf(made(3), 0, outcomes([1, 0, 10, 2])));
    expect(one.settled).toEqual([]);
    expect([...one.fresh.latency]).toEqual([NaN, 10, NaN]);
    const two = log.add(decisionsOf(made(2), 3, outcomes([4, 2, 30, 0], [0, 0, 20, 1])));
    expect(two.settled).toEqual([]);
    expect([...one.fresh.latency]).toEqual([20, 10, NaN]);
    expect([...two.fresh.latency]).toEqual([NaN, 30]);
    expect([...two.fresh.failed]).toEqual([NaN, 1]);
    // An answer is ending 0, all others are failures.
    expect([...one.fresh.failed]).toEqual([0, 0, NaN]);
    expect([...one.fresh.delayed]).toEqual([1, 2, NaN]);
    const three = log.add(decisionsOf(made(1), 5, outcomes([2, 0, 5, 0])));
    expect(three.settled).toEqual([one.fresh]);
    expect([...one.fresh.latency]).toEqual([20, 10, 5]);
  });

  it('settles stretches in their order: one that is complete waits for those before it', () => {
    const log = new ExperienceLog(scenario);
    const one = log.add(decisionsOf(made(1), 0));
    const two = log.add(decisionsOf(made(1), 1, outcomes([1, 0, 1, 1])));
    expect(two.settled).toEqual([]);
    expect(log.add(decisionsOf(made(1), 2, outcomes([0, 0, 1, 1]))).settled).toEqual([one.fresh, two.fresh]);
  });

  it('waits twelve stretches for outcomes and no longer; what comes later is lost, not another decision’s', () => {
    const log = new ExperienceLog(scenario);
    const { fresh } = log.add(decisionsOf(made(2), 0));
    for (let stretch = 1; stretch < 12; stretch++)
      expect(log.add(decisionsOf(made(1), stretch + 1)).settled).toEqual([]);
    expect(log.add(decisionsOf(made(1), 13)).settled).toEqual([fresh]);
    const late = log.add(decisionsOf(made(1), 14, outcomes([0, 0, 7, 7])));
    expect([...fresh.latency, ...late.fresh.latency, ...late.settled[0]!.latency]).toEqual([
      NaN,
      NaN,
      NaN,
      NaN,
    ]);
  });

  it('takes stretches without decisions, which may bring outcomes', () => {
    const log = new ExperienceLog(scenario);
    const { fresh } = log.add(decisionsOf(made(1), 0));
    const empty = log.add(decisionsOf([], 0, outcomes([0, 0, 3, 0])));
    expect(empty.settled).toEqual([fresh]);
    expect([...fresh.latency]).toEqual([3]);
    // Nor do they count as stretches that others wait for.
    for (let i = 0; i < 20; i++) expect(log.add(decisionsOf([])).settled).toEqual([]);
  });
});
