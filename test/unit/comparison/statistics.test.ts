import { describe, expect, it } from 'vitest';
import { learned, techniques } from '../../../trainer/comparison/comparison.js';
import { cellsOf } from '../../../trainer/comparison/cells.js';
import { curveLooks } from '../../../trainer/comparison/curves.js';
import { throughputSeries } from '../../../trainer/comparison/panels.js';
import { best, cellRatios, ratioTo } from '../../../trainer/comparison/ratios.js';
import {
  baselineOf,
  curveTable,
  summary,
  throughputTables,
  trafficTables,
} from '../../../trainer/comparison/tables.js';
import { answered, throughput } from '../../../trainer/comparison/throughput.js';
import { fakeRun } from '../evaluation/fakes.js';
import { comparisonOf, planOf } from './fakes.js';

/** Algorithm `one` needs 0.5 and 0.8 of the baseline's time with the seeds 1 and 2, `two` 2 and 2. */
const FACTORS: Record<string, readonly number[]> = { one: [0.5, 0.8], two: [2, 2] };
const POLICIES: Record<string, number> = { 'least-request': 1, 'ewma-full': 0.7, 'round-robin': 20 };
const SCENARIOS: Record<string, number> = { calm: 10, busy: 100, ramp: 30 };

const comparison = comparisonOf(planOf(), {
  // A draw twice as heavy is so for all, and cancels out.
  technique: (policy, scenario, seed) => ({ meanMs: SCENARIOS[scenario]! * seed * (POLICIES[policy] ?? 3) }),
  learned: (algorithm, scenario, seed) => ({
    meanMs: SCENARIOS[scenario]! * seed * FACTORS[algorithm]![seed - 1]!,
  }),
  look: (algorithm, progress, seed) => ({
    mean: FACTORS[algorithm]![seed - 1]! ** progress,
    p99: 1,
    decisions: 1000 * progress * seed,
  }),
});
const [one, two] = learned(comparison);
const base = baselineOf(comparison);

describe('the ratios to the baseline', () => {
  it('pair each seed with its own draw, and tell how the seeds differ', () => {
    const { value, n, interval } = ratioTo(base, one!, [0, 1, 2], 'meanMs');
    expect(n).toBe(2);
    expect(value).toBeCloseTo(Math.sqrt(0.5 * 0.8), 9);
    // Two samples: half their difference times t(0.975, 1) = 12.706, on the scale of logarithms.
    const half = (12.7062047 * Math.log(0.8 / 0.5)) / 2;
    expect(interval![0]).toBeCloseTo(value * Math.exp(-half), 6);
    expect(interval![1]).toBeCloseTo(value * Math.exp(half), 4);
    expect(ratioTo(base, two!, [0], 'p99Ms')).toMatchObject({ value: 2, interval: [2, 2] });
  });

  it('have no interval for a single seed', () => {
    const single = comparisonOf(planOf({ seeds: 1 }));
    expect(ratioTo(baselineOf(single), learned(single)[0]!, [0], 'meanMs')).toEqual({ n: 1, value: 1 });
  });

  it('are no number where a run answered nothing', () => {
    const dead = comparisonOf(planOf(), { learned: () => ({ meanMs: NaN }) });
    expect(ratioTo(baselineOf(dead), learned(dead)[0]!, [0], 'meanMs').value).toBeNaN();
  });

  it('name the best technique of each cell', () => {
    const cells = cellsOf(comparison.plan.scenarios);
    const lowest = best(cellRatios(cells, techniques(comparison), base));
    expect(lowest).toHaveLength(2 * cells.length);
    expect(new Set(lowest.map(({ name }) => name))).toEqual(new Set(['ewma-full']));
  });
});

describe('the learning curves', () => {
  it('average each look over the seeds', () => {
    const looks = curveLooks(comparison).filter(({ algorithm }) => algorithm === 'one');
    expect(looks.map(({ progress, decisions, seconds }) => [progress, decisions, seconds])).toEqual([
      [0, 0, 0],
      [0.5, 750, 2.5],
      [1, 1500, 5],
    ]);
    expect(looks[0]!.mean).toEqual({ n: 2, value: 1, interval: [1, 1] });
    expect(looks[2]!.mean.value).toBeCloseTo(Math.sqrt(0.4), 9);
    expect(looks[2]!.mean.interval![1]).toBeGreaterThan(1);
  });
});

describe('throughput', () => {
  const window = (fromSeconds: number, toSeconds: number, requests: number, errors = 0) => ({
    ...{ fromSeconds, toSeconds, requests, errors, p50Ms: 1, p99Ms: 1 },
  });

  it('spreads the answered requests of a window over the spans that it lies in', () => {
    const points = throughput([[window(0, 1, 100), window(1, 4, 300, 150)]], 4, 2);
    expect(points).toEqual([
      { atSeconds: 1, rps: (100 + 50) / 2 },
      { atSeconds: 3, rps: 100 / 2 },
    ]);
  });

  it('is the mean over the seeds, and leaves out what comes later', () => {
    const points = throughput([[window(0, 2, 100), window(2, 9, 700)], [window(0, 2, 300)]], 2, 1);
    expect(points).toEqual([{ atSeconds: 1, rps: 100 }]);
  });

  it('bears windows without a length', () => {
    expect(throughput([[window(1, 1, 5)]], 2, 1)).toEqual([{ atSeconds: 1, rps: 0 }]);
  });

  it('of a panel has the classic techniques and the actor of the first algorithm', () => {
    const series = throughputSeries(comparison);
    expect(series).toHaveLength(3 * 8);
    expect(series.slice(0, 8).map(({ name }) => name)).toEqual([
      ...['round-robin', 'source-hash', 'destination-hash', 'least-request', 'least-request-full'],
      ...['least-response-time', 'peak-ewma', 'one'],
    ]);
    expect(series[0]).toMatchObject({ level: 'normal', pattern: 'steady', scenario: 'calm' });
    expect(series[0]!.points[0]!.rps).toBeCloseTo(100, 9);
  });

  it('counts what failed', () => {
    const runs = [fakeRun({ errors: 100, throughputRps: 50 }), fakeRun({ throughputRps: 70 })];
    expect(answered(runs)).toEqual({ rps: 60, errorShare: 0.05 });
  });
});

describe('the tables', () => {
  it('sum up every algorithm and technique', () => {
    const { head, rows } = summary(comparison);
    expect(head).toEqual([
      ...['algorithm or technique', 'validation mean', 'validation p99'],
      ...['normal mean', 'normal p99', 'stress mean', 'stress p99'],
    ]);
    expect(rows.map(([name]) => name).slice(0, 3)).toEqual(['one', 'two', 'round-robin']);
    expect(rows.find(([name]) => name === 'two')!.slice(3)).toEqual(
      Array.from({ length: 4 }, () => '2.000 [2.000, 2.000]'),
    );
    expect(rows.find(([name]) => name === 'least-request')).toEqual([
      'least-request',
      '-',
      '-',
      '1',
      '1',
      '1',
      '1',
    ]);
  });

  it('have the rows of the figures', () => {
    const [normalMean] = trafficTables(comparison);
    expect(normalMean!.head).toEqual(['algorithm', 'steady', 'ramp']);
    expect(normalMean!.rows.map(([name]) => name)).toEqual(['one', 'two', 'best technique']);
    expect(normalMean!.rows.at(-1)![1]).toBe('0.700 [0.700, 0.700] ewma-full');
    const [normal, stress] = throughputTables(comparison);
    expect(normal!.rows).toHaveLength(8);
    expect(stress!.rows.at(-1)).toEqual(['learned (one)', '100 (0%)']);
    expect(curveTable(comparison).rows[1]!.slice(0, 4)).toEqual(['one', '50%', '750', '2.5']);
  });
});
