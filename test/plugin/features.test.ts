// What the filter lets the network see, read out of the decision records of its reports.
import { describe, expect, it } from 'vitest';
import { CONTEXT_FEATURES, ENDPOINT_FEATURES } from '../../trainer/actor/features.js';
import { FEATURES } from '../../trainer/actor/model.js';
import {
  A,
  ADDRESSES,
  API,
  B,
  C,
  modelBase64,
  reports,
  runAnswered,
  serve,
  startClient,
} from './support/fixtures.js';
import type { MockHost } from './support/mock-host.js';

const ACTOR = { policy: 'actor', model: modelBase64(), report: { cluster: 'trainer', samples: 256 } };
type Feature = (typeof ENDPOINT_FEATURES)[number];

interface Seen {
  of(address: string, name: Feature): number;
  context(name: (typeof CONTEXT_FEATURES)[number]): number;
}

/** Every request takes as long as one is taken for that nobody has seen, so that the cluster's mean is known. */
const MEAN_MS = 30;
const LOOK_AFTER_MS = 1200;
const age = (ms: number) => Math.log2(1 + ms / MEAN_MS) / 4;

/** What the decision on the next request of a worker sees, a little later. */
function look(host: MockHost, worker = 0): Seen {
  // The records of earlier ones are reported.
  runAnswered(host, LOOK_AFTER_MS);
  const before = reports(host).length;
  serve(host, { worker, latencyMs: MEAN_MS });
  for (let waited = 0; waited < 3000; waited += 50) {
    runAnswered(host, 50);
    const [sample] = reports(host)
      .slice(before)
      .flatMap(({ samples }) => samples);
    if (sample === undefined) continue;
    const rows = Buffer.from(sample.features, 'base64');
    const context = Buffer.from(sample.context, 'base64');
    return {
      of: (address, name) =>
        rows.readInt8(ADDRESSES.indexOf(address as typeof A) * FEATURES + ENDPOINT_FEATURES.indexOf(name)) /
        32,
      context: (name) => context.readInt8(CONTEXT_FEATURES.indexOf(name)) / 32,
    };
  }
  throw new Error('no record of the decision');
}

/** The trainer's answer to the next report. */
function answer(host: MockHost, ageMs: number, endpoints: object[]): void {
  const all = ADDRESSES.map((address) => ({
    ...endpoints.find((endpoint) => 'address' in endpoint && endpoint.address === address),
    address,
  }));
  host.advance(1100);
  host.answer({ clusters: [{ name: API, ageMs, endpoints: all }] });
}

const load = (fields: string) => ({ responseHeaders: { 'x-weir-load': fields } });

describe('the features', () => {
  it("have the fleet's latency as the trainer answers it, and how old that is", async () => {
    const host = await startClient(ACTOR);
    const unseen = look(host);
    expect([unseen.of(A, 'fleet_latency'), unseen.context('fleet_age')]).toEqual([0, 115 / 32]);
    answer(host, 700, [
      { address: A, latencyMs: 4 * MEAN_MS },
      { address: B, latencyMs: MEAN_MS / 2 },
    ]);
    const seen = look(host);
    expect(ADDRESSES.map((address) => seen.of(address, 'fleet_latency'))).toEqual([2, -1, 0, 0]);
    expect(Math.abs(seen.context('fleet_age') - age(700 + LOOK_AFTER_MS))).toBeLessThan(0.05);
    // What an answer leaves out stays; what cannot be is not believed.
    answer(host, 0, [
      { address: B, latencyMs: -5 },
      { address: C, latencyMs: 1e300 },
    ]);
    const later = look(host);
    expect(ADDRESSES.map((address) => later.of(address, 'fleet_latency'))).toEqual([2, -1, 0, 0]);
    expect(Math.abs(later.context('fleet_age') - age(LOOK_AFTER_MS))).toBeLessThan(0.05);
  });

  it('have what the server says of its present depth, and what was sent since', async () => {
    const host = await startClient({ ...ACTOR, endpoints: { [API]: [A] } });
    serve(host, { latencyMs: MEAN_MS, ...load('q=3;w=3500;t=10000;l=40000') });
    const heard = look(host);
    expect([heard.of(A, 'server_latency'), heard.of(A, 'server_time')]).toEqual([2, 0]);
    expect([heard.of(A, 'server_requests'), heard.of(A, 'sent_since')]).toEqual([1, 0]);
    // That one was sent without an answer that says anything, and two more are.
    for (let n = 0; n < 2; n++) host.request({}, { cluster: API });
    expect(look(host).of(A, 'sent_since')).toBe(1);
    serve(host, { latencyMs: MEAN_MS, ...load('q=3') });
    expect(look(host).of(A, 'sent_since')).toBe(0);
  });

  it.each([
    [0, 1],
    [1, 0],
  ])('have in worker %d what the server said to worker %d', async (worker, other) => {
    const host = await startClient(ACTOR, { workers: 2 });
    runAnswered(host, 2500);
    // Of one endpoint after another, until each has spoken.
    for (let n = 0; n < 60; n++)
      serve(host, { worker: other, latencyMs: MEAN_MS, ...load('q=3;w=7000;t=10000;l=40000') });
    serve(host, { worker, latencyMs: MEAN_MS });
    runAnswered(host, 1500);
    const seen = look(host, worker);
    for (const address of ADDRESSES) {
      expect([seen.of(address, 'server_requests'), seen.of(address, 'server_work')]).toEqual([1, 1.5]);
      expect(seen.of(address, 'sent_since')).toBeLessThan(1);
      expect(seen.of(address, 'server_latency')).toBe(2);
    }
  });

  it('have a liking for each endpoint that stays', async () => {
    const host = await startClient(ACTOR);
    const likings = (seen: Seen) => ADDRESSES.map((address) => seen.of(address, 'affinity'));
    const first = likings(look(host));
    for (const liking of first) expect(Math.abs(liking)).toBeLessThanOrEqual(2);
    expect(new Set(first).size).toBeGreaterThan(1);
    expect(likings(look(host))).toEqual(first);
  });
});
