import { describe, expect, it } from 'vitest';
import type { Scenario } from '../../../../trainer/environment/scenario.js';
import { mesh, p99Of, serviceMsOf, slotsOf, speedRatios, twinOf } from './scenarios.js';

/** Speeds within 10%, the tail within 20%: what a twin is good for. */
const SPEED = 0.1;
const TAIL = 0.2;
const TIME = 0.12;

const MESHES: readonly (readonly [what: string, scenario: Scenario])[] = [
  [
    'single slots of uneven speed',
    mesh('single', {
      endpoints: [{ speed: 1 }, { speed: 0.5 }, { speed: 2 }].map((one) => ({ ...one, workers: 1 })),
      serviceTime: { kind: 'lognormal', meanMs: 20, sigma: 1 },
      utilisation: 0.6,
    }),
  ],
  [
    'eight slots near saturation',
    mesh('eight', {
      endpoints: [{ workers: 8 }, { speed: 0.5, workers: 8 }],
      serviceTime: { kind: 'exponential', meanMs: 60 },
      utilisation: 0.9,
    }),
  ],
  [
    'heavy tails on two slots',
    mesh('pareto', {
      endpoints: [
        { count: 2, workers: 2 },
        { speed: 0.6, workers: 2 },
      ],
      serviceTime: { kind: 'pareto', meanMs: 25, alpha: 2.2 },
      utilisation: 0.6,
    }),
  ],
  [
    'low load',
    mesh('low', {
      endpoints: [{ workers: 4 }, { speed: 0.5, workers: 4 }],
      serviceTime: { kind: 'exponential', meanMs: 25 },
      utilisation: 0.4,
    }),
  ],
  [
    'request classes, and many proxies',
    mesh('classes', {
      endpoints: [
        { count: 2, workers: 4 },
        { speed: 0.6, workers: 4 },
      ],
      serviceTime: { kind: 'exponential', meanMs: 40 },
      utilisation: 0.7,
      proxies: 5,
      service: {
        classes: [
          { path: '/light', share: 0.7, factor: 0.4 },
          { path: '/heavy', share: 0.3, factor: 2.4 },
        ],
      },
    }),
  ],
];

/** Endpoints that a policy sends requests of other classes: without the classes their speeds would look three times nearer. */
const SORTED = mesh('sorted', {
  endpoints: [
    { speed: 1.2, count: 2, workers: 2 },
    { speed: 0.4, count: 2, workers: 2 },
    { speed: 0.3, workers: 2 },
  ],
  serviceTime: { kind: 'lognormal', meanMs: 20, sigma: 0.7 },
  utilisation: 0.65,
  proxies: 3,
  service: {
    classes: [
      { path: '/status', share: 0.77, factor: 0.22 },
      { path: '/items', share: 0.13, factor: 3 },
      { path: '/export', share: 0.1, factor: 4.5 },
    ],
  },
});
/** Seen through the few samples that an endpoint has of a class. */
const SORTED_SPEED = 0.15;

/** At low load hardly anything queues, and without utilisation many numbers of slots fit. */
const LOW = [
  ['one slot', { kind: 'exponential', meanMs: 50 }, 1, 0.3],
  ['two slots', { kind: 'lognormal', meanMs: 50, sigma: 0.5 }, 2, 0.4],
] as const;

describe('the twin of a mesh at low load whose servers say nothing', () => {
  it.each(LOW)('has no more than %s where pods use cpu for each request', async (...low) => {
    const [what, serviceTime, workers, utilisation] = low;
    const truth = mesh(what.replace(' ', '-'), {
      ...{ endpoints: [{ workers }, { speed: 0.6, workers }], serviceTime, utilisation },
    });
    const silent = { withServer: false, seed: 12 };
    const guessed = await twinOf(truth, silent);
    expect(Math.min(...slotsOf(guessed))).toBeGreaterThan(2 * workers);
    const twin = await twinOf(truth, { ...silent, podCpu: 1 });
    expect(slotsOf(twin)).toEqual([workers, workers]);
    expect(Math.abs(Math.log(serviceMsOf(twin, 0) / serviceTime.meanMs))).toBeLessThan(TIME);
    // An application that waits keeps its slots busy all the same.
    expect(await twinOf(truth, { ...silent, podCpu: 0.02 })).toEqual(guessed);
  });
});

describe('the twin of a simulated mesh', () => {
  it.each(MESHES)('recovers %s', async (_, truth) => {
    const twin = await twinOf(truth);
    for (const ratio of speedRatios(twin, truth)) expect(Math.abs(Math.log(ratio))).toBeLessThan(SPEED);
    expect(slotsOf(twin)).toEqual(
      truth.services[0]!.endpoints.flatMap((e) => Array(e.count).fill(e.workers)),
    );
    const { meanMs } = truth.services[0]!.serviceTime as { meanMs: number };
    expect(Math.abs(Math.log(serviceMsOf(twin, 0) / meanMs))).toBeLessThan(TIME);
    expect(Math.abs(Math.log(p99Of(twin.scenario) / p99Of(truth)))).toBeLessThan(TAIL);
    expect(twin.scenario.proxies).toBe(truth.proxies);
    expect(twin.scenario.workersPerProxy).toBe(truth.workersPerProxy);
  });

  it('recovers endpoints that get requests of other classes than each other', async () => {
    const twin = await twinOf(SORTED);
    for (const ratio of speedRatios(twin, SORTED))
      expect(Math.abs(Math.log(ratio))).toBeLessThan(SORTED_SPEED);
    expect(slotsOf(twin)).toEqual([2, 2, 2, 2, 2]);
    const [light] = twin.scenario.services[0]!.classes;
    expect(Math.abs(Math.log(light!.factor / 0.22))).toBeLessThan(SORTED_SPEED);
    expect(Math.abs(Math.log(p99Of(twin.scenario) / p99Of(SORTED)))).toBeLessThan(TAIL);
  });
});
