import { describe, expect, it } from 'vitest';
import { meanServiceMs } from '../../../trainer/environment/capacity.js';
import { createRandom } from '../../../trainer/environment/random.js';
import type { ServiceTime } from '../../../trainer/environment/scenario.js';
import { jobSampler, serviceTimeSampler } from '../../../trainer/environment/service-time.js';

const N = 40_000;
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
/** Four standard errors, from the coefficient of variation. */
const tolerance = (meanMs: number, variation: number, n = N) => (4 * meanMs * variation) / Math.sqrt(n);

const KINDS: [ServiceTime, number][] = [
  [{ kind: 'exponential', meanMs: 10 }, 1],
  [{ kind: 'lognormal', meanMs: 10, sigma: 1 }, Math.sqrt(Math.E - 1)],
  // Pareto: variation 1 / sqrt(alpha (alpha - 2)).
  [{ kind: 'pareto', meanMs: 10, alpha: 4 }, 1 / Math.sqrt(8)],
  [{ kind: 'deterministic', meanMs: 10 }, 1e-9],
  [{ kind: 'empirical', samplesMs: [5, 5, 20] }, Math.sqrt(50) / 10],
];

describe('serviceTimeSampler', () => {
  it.each(KINDS)('keeps the mean of %o', (time, variation) => {
    const [sample, random] = [serviceTimeSampler(time), createRandom(5)];
    const values = Array.from({ length: N }, () => sample(random));
    expect(Math.min(...values)).toBeGreaterThan(0);
    expect(Math.abs(mean(values) - 10)).toBeLessThan(tolerance(10, variation));
    expect(meanServiceMs(time)).toBe(10);
  });
});

describe('jobSampler', () => {
  const classes = [
    { path: '/cheap', share: 0.8, factor: 0.5 },
    { path: '/heavy', share: 0.2, factor: 3 },
  ];
  const jobs = (() => {
    const [sample, random] = [
      jobSampler({ serviceTime: { kind: 'exponential', meanMs: 10 }, classes }),
      createRandom(9),
    ];
    return Array.from({ length: N }, () => sample(random));
  })();

  it('draws classes by their share', () => {
    const heavy = jobs.filter((j) => j.path === '/heavy').length / N;
    expect(Math.abs(heavy - 0.2)).toBeLessThan(4 * Math.sqrt((0.2 * 0.8) / N));
  });

  it('scales the factors so that the mean stays', () => {
    // Mean factor 0.8 x 0.5 + 0.2 x 3 = 1; its second moment 2, times 2 for the exponential: variation sqrt(3).
    expect(Math.abs(mean(jobs.map((j) => j.ms)) - 10)).toBeLessThan(tolerance(10, Math.sqrt(3)));
    const heavy = jobs.filter((j) => j.path === '/heavy').map((j) => j.ms);
    expect(Math.abs(mean(heavy) - 30)).toBeLessThan(tolerance(30, 1, heavy.length));
  });

  it('calls a service without classes at its root', () => {
    const sample = jobSampler({ serviceTime: { kind: 'deterministic', meanMs: 3 }, classes: [] });
    expect(sample(createRandom(1))).toEqual({ path: '/', ms: 3 });
  });
});
