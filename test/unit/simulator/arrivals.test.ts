// When requests come in, as the figures of a run count them.
import { describe, expect, it } from 'vitest';
import type { LoadPattern } from '../../../trainer/environment/scenario.js';
import { chiSquare, chiSquareLimit } from '../core/support.js';
import { expectMean, mean, REPLICATIONS, run, simulator, sum, textbook, Z } from './support.js';

/** Requests a second at a relative rate of 1; nothing ever waits. */
const RATE = 200;
const load = (pattern: object) =>
  textbook(
    { serviceTime: { kind: 'deterministic', meanMs: 1 }, endpoints: [{ workers: 1000 }] },
    { requests: 10_000_000, load: { utilisation: RATE / 1e6, pattern } },
  );

/** Requests that arrive from each moment (s) to the next. */
function counts(pattern: object, moments: readonly number[], seed = 1): number[] {
  const mesh = simulator(load(pattern), 'random', { seed });
  const until = moments.map((seconds) => {
    mesh.advance(seconds * 1000);
    return mesh.figure('arrived');
  });
  return until.slice(1).map((count, i) => count - until[i]!);
}
const every = (step: number, to: number) =>
  Array.from({ length: Math.round(to / step) + 1 }, (_, i) => i * step);

/** Counts of a Poisson process are independent, with a variance that is their mean. */
function expectPoisson(actual: readonly number[], expected: readonly number[]): void {
  expect(Math.abs(sum(actual) - sum(expected))).toBeLessThan(Z * Math.sqrt(sum(expected)));
  const total = sum(expected);
  const shares = expected.map((count) => count / total);
  expect(chiSquare(actual, shares)).toBeLessThan(chiSquareLimit(actual.length - 1));
}

/** Expected counts by the midpoint rule over steps that are short against the pattern. */
const expectedCounts = (moments: readonly number[], rate: (seconds: number) => number) =>
  moments.slice(1).map((to, i) => {
    const from = moments[i]!;
    const parts = Array.from({ length: 100 }, (_, k) => rate(from + ((k + 0.5) / 100) * (to - from)));
    return RATE * (to - from) * mean(parts);
  });

const PATTERNS: [string, LoadPattern, (seconds: number) => number, number][] = [
  ['steady', { kind: 'steady' }, () => 1, 100],
  [
    'a day',
    { kind: 'diurnal', amplitude: 0.9, periodSeconds: 40 },
    (t) => 1 + 0.9 * Math.sin((2 * Math.PI * t) / 40),
    100,
  ],
  ['a ramp up', { kind: 'ramp', from: 0, to: 2, seconds: 60 }, (t) => 2 * Math.min(1, t / 60), 100],
  ['a ramp down', { kind: 'ramp', from: 2, to: 0.5, seconds: 60 }, (t) => 2 - 1.5 * Math.min(1, t / 60), 100],
  [
    'a trace that repeats',
    { kind: 'trace', rates: [300, 10, 600, 90], stepSeconds: 5 },
    (t) => [1.2, 0.04, 2.4, 0.36][Math.floor(t / 5) % 4]!,
    100,
  ],
];

describe('arrivals', () => {
  it.each(PATTERNS)('are Poisson of the rate that the pattern says: %s', (_, pattern, rate, seconds) => {
    const moments = every(1, seconds);
    expectPoisson(counts(pattern, moments), expectedCounts(moments, rate));
  });

  it('have exponential gaps', () => {
    const mesh = simulator(load({ kind: 'steady' }));
    const gapsMs = { short: 0, long: 0, all: 0 };
    // Steps far shorter than a gap: two arrivals in one are as rare as the square of it.
    const step = 0.1;
    let since = 0;
    for (let at = step, before = 0; gapsMs.all < 5000; at += step) {
      mesh.advance(at);
      const arrived = mesh.figure('arrived');
      if (arrived === before) continue;
      gapsMs.all++;
      if (at - since < 1) gapsMs.short++;
      if (at - since > 10) gapsMs.long++;
      before = arrived;
      since = at;
    }
    const slack = (share: number) => Z * Math.sqrt((share * (1 - share)) / gapsMs.all) + 2 * step * 0.2;
    expect(Math.abs(gapsMs.short / gapsMs.all - (1 - Math.exp(-0.2)))).toBeLessThan(slack(0.18));
    expect(Math.abs(gapsMs.long / gapsMs.all - Math.exp(-2))).toBeLessThan(slack(0.14));
  });

  it('keep the mean rate of a trace whatever its unit, and send nothing where it has nothing', () => {
    const of = (rates: number[]) => counts({ kind: 'trace', rates, stepSeconds: 2 }, every(2, 60));
    expect(of([3, 0, 1])).toEqual(of([3000, 0, 1000]));
    expect(of([3, 0, 1]).filter((_, i) => i % 3 === 1)).toEqual(new Array<number>(10).fill(0));
  });
});

describe('bursts', () => {
  const pattern = { kind: 'burst', factor: 2.5, share: 0.3, meanSeconds: 2 };
  const [quiet, off] = [(1 - 0.75) / 0.7, (2 * 0.7) / 0.3];
  const seeds = Array.from({ length: REPLICATIONS }, (_, i) => i + 1);

  it('keep the mean rate, and vary as a process of two states does', () => {
    const seconds = 4;
    const of = seeds.map((seed) => counts(pattern, every(seconds, 800), seed));
    expectMean(
      of.map((each) => mean(each)),
      RATE * seconds,
    );
    // Rates at two moments covary by p (1 - p) (high - low)^2 e^(-distance / tau); its integral over a window twice.
    const tau = 1 / (1 / 2 + 1 / off);
    const spread = 0.3 * 0.7 * (RATE * (2.5 - quiet)) ** 2;
    const modulation = 2 * spread * tau ** 2 * (seconds / tau - 1 + Math.exp(-seconds / tau));
    expectMean(
      of.map((each) => mean(each.map((count) => (count - RATE * seconds) ** 2))),
      RATE * seconds + modulation,
      0.2,
    );
  });

  it('begin with one as often as their share says', () => {
    const first = Array.from({ length: 2000 }, (_, seed) => counts(pattern, [0, 0.05], seed)[0]!);
    // A twentieth of a second: so short that the state hardly changes.
    const expected = RATE * 0.05;
    const variance = expected + 0.3 * 0.7 * (expected * (2.5 - quiet)) ** 2;
    expect(Math.abs(mean(first) - expected)).toBeLessThan(Z * Math.sqrt(variance / first.length));
  });

  it('may take all requests, so that there are none between them', () => {
    const all = { kind: 'burst', factor: 5, share: 0.2, meanSeconds: 10 };
    const perSecond = counts(all, every(1, 2000));
    // Of 2000 s some 50 are cut by a begin or an end.
    expect(perSecond.filter((count) => count === 0).length).toBeGreaterThan(1200);
    const high = perSecond.filter((count) => count > RATE * 4);
    expect(Math.abs(mean(high) / (5 * RATE) - 1)).toBeLessThan(0.02);
  });

  it('cost nothing to wait for, however long the quiet', () => {
    // A quiet rate of nothing but rounding: candidates at the rate of a burst would be 10^9 before it is over.
    const scenario = textbook(
      { serviceTime: { kind: 'deterministic', meanMs: 1 }, endpoints: [{ workers: 100 }] },
      {
        requests: 100,
        warmup: 0,
        load: { utilisation: 1, pattern: { ...pattern, factor: 1 / 0.003, share: 0.003 } },
      },
    );
    expect(run(scenario).requests).toBe(100);
  });
});

describe('windows of a result', () => {
  it('hold every request that counts, in the order of time', () => {
    const { windows, requests, errors, seconds } = run(
      textbook(
        { errorRate: 0.1 },
        { requests: 5000, load: { utilisation: 0.7, pattern: { kind: 'burst' } } },
      ),
    );
    expect(sum(windows.map((window) => window.requests))).toBe(requests);
    expect(sum(windows.map((window) => window.errors))).toBe(errors);
    for (const [i, { fromSeconds, toSeconds }] of windows.entries()) {
      expect(toSeconds).toBeGreaterThan(fromSeconds);
      if (i > 0) expect(fromSeconds).toBeGreaterThanOrEqual(windows[i - 1]!.toSeconds - 1e-9);
    }
    expect(windows.at(-1)!.toSeconds).toBeGreaterThanOrEqual(seconds - 1e-9);
  });
});
