import { describe, expect, it } from 'vitest';
import { CONTEXT_FEATURES, ENDPOINT_FEATURES, FEATURE_SET_HASH } from '../../../trainer/actor/features.js';
import { type Lane } from '../../../trainer/environment/core.js';
import { seededRandom } from '../../plugin/support/seeded-random.js';
import { address, cluster, freshCore } from './support.js';

const core = freshCore();
core.setPolicy('actor');

const TTL = 10_000;
const TINY = 1e-3;
const LOG_E = Math.LOG2E;
const MAX_IDLE = 30_000;
const { log2, max, min } = Math;

/** The formulas of plugin/core/features.ts in double precision, before they are quantised. */
function expected(endpoint: number, endpoints: readonly number[], now: number): Record<string, number> {
  const lane = (name: Lane, i = endpoint) => core.get(name, i);
  const mean = core.cluster('latency') > 0 ? core.cluster('latency') : 30;
  const measured = lane('Latency');
  const latency = measured > 0 ? measured : mean;
  const count = (v: number) => log2(1 + v) / 2;
  const age = (v: number) => log2(1 + max(0, min(v, 640_000)) / mean) / 4;
  const ratio = (a: number, b: number) => log2((a + TINY) / (b + TINY));
  const cost = (i: number) =>
    0.8 * log2((lane('Latency', i) > 0 ? lane('Latency', i) : mean) / mean) +
    log2(lane('Requests', i) + lane('SiblingRequests', i) + 1);
  const fresh = now - lane('ServerAt') < TTL;
  const timed = fresh && lane('ServerTime') > 0;
  const idle = min(now - lane('StartedAt'), MAX_IDLE);
  const clusterIdle = min(now - core.cluster('startedAt'), MAX_IDLE);
  return {
    own_requests: count(lane('Requests')),
    own_work: count(lane('Work')),
    sibling_requests: count(lane('SiblingRequests')),
    sibling_work: count(lane('SiblingWork')),
    fleet_requests: count(lane('FleetRequests')),
    fleet_latency: lane('FleetLatency') > 0 ? log2(lane('FleetLatency') / mean) : 0,
    latency: log2(latency / mean),
    samples: count(lane('Samples')),
    deviation: measured > 0 ? ratio(lane('Deviation'), measured) : 0,
    peak: measured > 0 ? ratio(lane('Peak'), measured) : 0,
    latency_age: age(now - lane('LatencyAt')),
    server_requests: fresh ? count(lane('ServerRequests')) : 0,
    server_work: fresh ? count(lane('ServerWork')) : 0,
    server_time: timed ? ratio(lane('ServerTime'), core.cluster('serverTime')) : 0,
    server_latency: timed ? ratio(lane('ServerLatency'), core.cluster('serverTime')) : 0,
    sent_since: fresh ? count(lane('SentSince')) : 0,
    server_age: age(now - lane('ServerAt')),
    cpu: fresh ? 2 * lane('Cpu') : 0,
    memory: fresh ? 2 * lane('Memory') : 0,
    error_rate: 4 * lane('ErrorRate'),
    rate:
      ratio(lane('RateSlow'), core.cluster('rateSlow') / endpoints.length) -
      ((idle - clusterIdle) / 10_000) * LOG_E,
    rate_trend:
      lane('RateSlow') > 0
        ? ratio(lane('RateFast'), lane('RateSlow')) - idle * LOG_E * (1 / 1000 - 1 / 10_000)
        : 0,
    affinity: 2 * lane('Affinity'),
    base_score: min(...endpoints.map(cost)) - cost(endpoint),
  };
}

function expectedContext(
  endpoints: readonly number[],
  request: { work: number },
  fleet: { proxies: number; age: number },
  now: number,
): Record<string, number> {
  const inFlight = endpoints.map(
    (i) => core.get('Requests', i) + core.get('SiblingRequests', i) + core.get('FleetRequests', i),
  );
  const idle = min(now - core.cluster('startedAt'), MAX_IDLE);
  const [fast, slow] = [core.cluster('rateFast'), core.cluster('rateSlow')];
  const [latency, deviation] = [core.cluster('latency'), core.cluster('deviation')];
  return {
    endpoints: log2(endpoints.length) / 2,
    proxies: log2(fleet.proxies) / 2,
    load: log2(1 + inFlight.reduce((a, b) => a + b, 0) / endpoints.length) / 2,
    burstiness: log2((fast + TINY) / (slow + TINY)) - (slow > 0 ? idle * LOG_E * (1 / 1000 - 1 / 10_000) : 0),
    request_work: log2(request.work),
    fleet_age: log2(1 + min(fleet.age, 640_000) / (latency > 0 ? latency : 30)) / 4,
    spread: log2(1 + max(...inFlight) - min(...inFlight)) / 2,
    deviation: latency > 0 ? log2((deviation + TINY) / (latency + TINY)) : 0,
  };
}

/**
 * Half a unit of rounding, and what the logarithms are off by: two or three of 2e-5, and times rounded to 1/64 ms,
 * make less than 2e-4, times 32 units.
 */
const SLACK = 0.5 + 0.01;
function check(actual: Int8Array, wanted: Record<string, number>, names: readonly string[]): void {
  names.forEach((name, k) => {
    const exact = min(127, max(-127, 32 * wanted[name]!));
    if (!(Math.abs(actual[k]! - exact) <= SLACK)) expect.fail(`${name} is ${actual[k]!}, not ${exact}`);
  });
}

/** A cluster with history: latencies, in flight, words of servers, errors; one endpoint removed, one never used. */
function livelyCluster(seed: number, size: number): { endpoints: number[]; now: number } {
  const next = seededRandom(seed);
  const random = () => next() / 2 ** 32;
  cluster(core, size);
  let now = 0;
  for (let k = 0; k < size * 30; k++) {
    now += random() * 40;
    const i = Math.floor(random() * (size - 1));
    core.start(i, 0.2 + 3 * random(), now);
    if (random() < 0.8) core.finish(i, 1);
    if (random() < 0.9) core.latency(i, 1 + 60 * random(), now);
    core.outcome(i, random() < 0.05, now);
    if (random() < 0.3) {
      const said = { requests: 20 * random(), work: 30 * random(), timeMs: 50 * random() };
      const depth = { latencyMs: 80 * random(), rate: 50 * random() };
      core.serverLoad(i, { ...said, ...depth, cpu: random(), memory: random() }, now);
    }
    core.set('SiblingRequests', i, Math.floor(5 * random()));
    core.set('SiblingWork', i, 8 * random());
    core.set('FleetLatency', i, random() < 0.7 ? 90 * random() : 0);
    core.set('FleetRequests', i, Math.floor(40 * random()));
  }
  core.remove(1);
  const endpoints = Array.from({ length: size }, (_, i) => i).filter((i) => i !== 1);
  return { endpoints, now };
}

describe('features', () => {
  it('have the hash of the names in trainer/actor/features.ts', () => {
    expect(core.featureSetHash()).toBe(FEATURE_SET_HASH);
  });

  it.each([
    [1, 3, 0.5],
    [2, 7, 20],
    [3, 16, 700],
    [4, 41, 15_000],
    [5, 255, 3],
  ])('follow their formulas (seed %i, %i endpoints, %d ms after the last event)', (seed, size, pause) => {
    const { endpoints, now } = livelyCluster(seed, size);
    const request = { work: 0.4 + seed / 2 };
    // Of the first seed nobody has seen the fleet.
    const fleet = { proxies: seed * 3, age: seed === 1 ? 1e9 : 37 * seed + pause };
    core.setRequest(request);
    core.setCluster(fleet.proxies, core.cluster('latency'), now + pause - fleet.age);
    core.decide(now + pause, 1, 2);
    for (const i of endpoints) {
      check(core.features(i).endpoint, expected(i, endpoints, now + pause), ENDPOINT_FEATURES);
    }
    check(
      core.features(0).context,
      expectedContext(endpoints, request, fleet, now + pause),
      CONTEXT_FEATURES,
    );
  });

  it('are those of a mean endpoint where nothing is known', () => {
    cluster(core, 4);
    core.setRequest();
    core.decide(0, 1, 2);
    const names = [
      'sibling_work',
      'fleet_latency',
      'latency',
      'samples',
      'deviation',
      'peak',
      'server_requests',
      'server_time',
      'server_latency',
      'sent_since',
      'cpu',
      'rate',
      'rate_trend',
    ];
    const row = core.features(2).endpoint;
    for (const name of [...names, 'error_rate', 'base_score', 'own_requests'])
      expect([name, row[ENDPOINT_FEATURES.indexOf(name as never)]]).toEqual([name, 0]);
  });

  it('drop what a server said after ten seconds', () => {
    cluster(core, 2);
    core.serverLoad(0, { requests: 9, timeMs: 20, latencyMs: 40, cpu: 0.9 }, 0);
    for (let i = 0; i < 3; i++) core.start(0, 1, 5);
    const said = (now: number) => {
      core.decide(now, 1, 2);
      const row = core.features(0).endpoint;
      return (['cpu', 'server_requests', 'server_latency', 'sent_since'] as const).map(
        (name) => row[ENDPOINT_FEATURES.indexOf(name)],
      );
    };
    // 2 x 0.9; log2(10) / 2; log2(40 / 20); log2(4) / 2.
    expect(said(9990)).toEqual([58, 53, 32, 32]);
    expect(said(10_010)).toEqual([0, 0, 0, 0]);
  });

  it('know the fleet by its latency before this worker has one of its own', () => {
    cluster(core, 3);
    core.set('FleetLatency', 1, 4 * 30);
    core.decide(0, 1, 2);
    const of = (endpoint: number, name: (typeof ENDPOINT_FEATURES)[number]) =>
      core.features(endpoint).endpoint[ENDPOINT_FEATURES.indexOf(name)];
    expect([of(1, 'fleet_latency'), of(2, 'fleet_latency')]).toEqual([64, 0]);
    expect([of(1, 'latency'), of(1, 'samples')]).toEqual([0, 0]);
    for (let i = 0; i < 15; i++) core.latency(1, 30, 1);
    core.decide(1, 1, 2);
    expect(of(1, 'samples')).toBe(64);
  });

  it('let the rate of an endpoint that is left alone fall', () => {
    cluster(core, 2);
    for (let now = 0; now < 20_000; now += 50) core.start((now / 50) % 2, 1, now);
    for (let now = 20_000; now < 40_000; now += 50) core.start(0, 1, now);
    core.decide(40_000, 1, 2);
    const rate = ENDPOINT_FEATURES.indexOf('rate');
    // Twenty seconds are two windows: e^-2 of half of the rate.
    expect(core.features(1).endpoint[rate]! / 32).toBeCloseTo(-2 * LOG_E, 0);
  });

  it('saturate at +-127 and are the same at every scale of latency', () => {
    cluster(core, 2);
    for (const [i, ms] of [
      [0, 1e7],
      [1, 0.01],
    ] as const) {
      core.latency(i, ms, 1);
      core.set('Requests', i, 1e6);
    }
    core.decide(2, 1, 2);
    const row = core.features(1).endpoint;
    expect(row[ENDPOINT_FEATURES.indexOf('latency')]).toBe(-127);
    expect(row[ENDPOINT_FEATURES.indexOf('own_requests')]).toBe(127);
    const rows = [0.05, 1, 5000].map((scale) => {
      cluster(core, 3);
      [10, 20, 45].forEach((ms, i) => core.latency(i, ms * scale, 1));
      core.decide(1, 1, 2);
      return core.features(2).endpoint[ENDPOINT_FEATURES.indexOf('latency')];
    });
    expect(new Set(rows).size).toBe(1);
  });

  it('do not see a removed endpoint in the context', () => {
    cluster(core, 3);
    core.set('Requests', 1, 100);
    core.remove(1);
    core.decide(0, 1, 2);
    const { context } = core.features(0);
    expect(context[CONTEXT_FEATURES.indexOf('load')]).toBe(0);
    expect(context[CONTEXT_FEATURES.indexOf('spread')]).toBe(0);
    expect(core.find(address(1))).toBe(-1);
  });
});
