import { describe, expect, it } from 'vitest';
import { Fleet } from '../../../../trainer/telemetry/fleet.js';
import { History, HISTORY_LIMITS, HISTORY_SECONDS } from '../../../../trainer/telemetry/history/history.js';
import type { LiveSample } from '../../../../trainer/telemetry/history/history-view.js';
import { report } from '../reports.js';

const EPOCH = 1_700_000_000_000;
type Clusters = Parameters<typeof report>[2];

/** A fleet with one proxy, and its history: each step is a report and a sample. */
function watched(limits = HISTORY_LIMITS, stepMs = 1000) {
  const fleet = new Fleet();
  const history = new History(fleet, EPOCH, limits);
  let seq = 0;
  return {
    fleet,
    history,
    step(clusters: Clusters, fallback = 0): void {
      const sent = report('p', ++seq, clusters);
      const withFallback = sent.clusters.map((cluster) => ({ ...cluster, fallback }));
      fleet.accept({ ...sent, clusters: withFallback }, seq * stepMs);
      history.sample(seq * stepMs);
    },
  };
}

describe('History', () => {
  it('keeps what the fleet sees, sample by sample', () => {
    const { history, step } = watched();
    step({ api: { 'a:1': { requests: 30, weight: 3, inFlight: 2 }, 'b:1': { requests: 10, weight: 1 } } });
    step({
      api: {
        'a:1': {
          requests: 10,
          weight: 1,
          errors: { http5xx: 2 },
          latency: [[80, 10]],
          server: { cpu: 0.5, memory: 0.25, ageMs: 1 },
        },
        'b:1': { requests: 10, weight: 1 },
      },
    });
    const { at, everyMs, clusters } = history.view(300);
    expect(at).toEqual([EPOCH + 1000, EPOCH + 2000]);
    expect(everyMs).toBe(1000);
    const [api] = clusters;
    expect(api).toMatchObject({ name: 'api', rps: [40, 20], errorShare: [0, 0.1], inFlight: [2, 0] });
    expect(api!.p50Ms[0]).toBeNull();
    expect(api!.p99Ms[1]).toBeCloseTo(66.8, 0);
    expect(api!.endpoints).toMatchObject([
      {
        address: 'a:1',
        weight: [0.75, 0.5],
        rps: [30, 10],
        errorShare: [0, 0.2],
        cpu: [null, 0.5],
        memory: [null, 0.25],
      },
      { address: 'b:1', weight: [0.25, 0.5], cpu: [null, null], p99Ms: [null, null] },
    ]);
  });

  it('says which share was steered from what was counted since the sample before', () => {
    const { history, step } = watched();
    step({ api: { 'a:1': { requests: 10 } } });
    step({ api: { 'a:1': { requests: 20 } } }, 5);
    step({ api: { 'a:1': { requests: 0 } } });
    const [api] = history.view(300).clusters;
    expect(api!.steeredShare).toEqual([null, 0.75, null]);
    expect(api!.fallbackShare).toEqual([null, 0.25, null]);
  });

  it('knows nothing of who is gone, and shows nobody who was gone all the time', () => {
    const { history, step } = watched();
    step({ api: { 'a:1': { requests: 1 } }, db: { 'd:1': { requests: 1 } } });
    for (let i = 0; i < 5; i++) step({ api: { 'b:1': { requests: 1 } } });
    const names = (seconds: number) =>
      history.view(seconds).clusters.map(({ name, endpoints }) => [name, endpoints.map((e) => e.address)]);
    expect(names(300)).toEqual([
      ['api', ['a:1', 'b:1']],
      ['db', ['d:1']],
    ]);
    expect(history.view(300).clusters[1]!.rps).toEqual([1, null, null, null, null, null]);
    expect(names(3)).toEqual([['api', ['b:1']]]);
  });

  it('goes back as far as it is asked, and no further than it keeps', () => {
    const { history, step } = watched();
    for (let i = 1; i <= HISTORY_SECONDS + 100; i++) step({ api: { 'a:1': { requests: i } } });
    expect(history.view(3).clusters[0]!.rps).toEqual([998, 999, 1000]);
    const { at, clusters } = history.view(HISTORY_SECONDS);
    expect(at).toHaveLength(HISTORY_SECONDS);
    expect(at).toEqual([...at].sort((a, b) => a - b));
    expect(clusters[0]!.rps[0]).toBe(101);
    expect(clusters[0]!.endpoints[0]!.rps.at(-1)).toBe(1000);
  });

  it('thins evenly where all samples are too many, the latest among them', () => {
    // 7 columns of the cluster and 7 of its endpoint.
    const { history, step } = watched({ ...HISTORY_LIMITS, values: 14 * 30 });
    for (let i = 1; i <= 90; i++) step({ api: { 'a:1': { requests: i } } });
    const { at, everyMs, clusters } = history.view(300);
    expect(everyMs).toBe(3000);
    expect(at).toHaveLength(30);
    expect(at[1]! - at[0]!).toBe(3000);
    expect(clusters[0]!.rps.slice(-2)).toEqual([87, 90]);
  });

  it('tells listeners each sample, which is the last of each column', () => {
    const { history, step } = watched();
    const told: LiveSample[] = [];
    const end = history.subscribe((sample) => told.push(sample));
    step({
      api: { 'a:1': { requests: 3, weight: 1, latency: [[40, 3]] }, 'b:1': { requests: 1, weight: 2 } },
    });
    end();
    step({ api: { 'a:1': { requests: 1 } } });
    expect(told).toHaveLength(1);
    const [api] = told[0]!.clusters;
    expect(told[0]!.at).toBe(EPOCH + 1000);
    expect(api).toMatchObject({ name: 'api', rps: 4, steeredShare: null });
    const column = history.view(300).clusters[0]!;
    expect(api!.p99Ms).toBe(column.p99Ms[0]);
    expect(api!.endpoints.map(({ weight }) => weight)).toEqual([0.3333, 0.6667]);
    expect(column.endpoints.map(({ weight }) => weight[0])).toEqual([0.3333, 0.6667]);
  });

  it('is empty before the first sample', () => {
    expect(new History(new Fleet(), EPOCH).view(300)).toEqual({ at: [], everyMs: 1000, clusters: [] });
  });
});

describe('the bounds of a history', () => {
  const limits = { ...HISTORY_LIMITS, clusters: 3, endpoints: 4 };

  it('make the one go that was not seen for longest', () => {
    const { history, step } = watched(limits);
    for (const name of ['a', 'b', 'c', 'd']) step({ [name]: { [`${name}:1`]: { requests: 1 } } });
    const names = history.view(300).clusters.map(({ name }) => name);
    expect(names).toEqual(['b', 'c', 'd']);
    expect(history.view(300).clusters[2]!.rps).toEqual([null, null, null, 1]);
  });

  it('leave those in that are seen, where all of them are too many', () => {
    const { history, step } = watched(limits);
    const all = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((n) => [n, { [n]: { requests: 1 } }]));
    for (let i = 0; i < 10; i++) step(all);
    const { clusters } = history.view(300);
    expect(clusters.map(({ name, rps }) => [name, rps.every((value) => value === 1)])).toEqual([
      ['a', true],
      ['b', true],
      ['c', true],
    ]);
  });

  it('tell clusters and addresses apart, whatever their names', () => {
    const { history, step } = watched();
    step({ ab: { c: { requests: 2 } }, a: { bc: { requests: 1 } } });
    expect(history.view(1).clusters.map(({ endpoints }) => endpoints.map((e) => [e.address, e.rps]))).toEqual(
      [[['bc', [1]]], [['c', [2]]]],
    );
  });

  it('hold over a day in which clusters and endpoints come and go', () => {
    const { history, step } = watched(HISTORY_LIMITS, 240_000);
    let most = { clusters: 0, endpoints: 0 };
    // A sample every four minutes; each brings five new clusters with ten new endpoints each.
    for (let i = 0; i < 360; i++) {
      const endpoints = (name: string) =>
        Object.fromEntries(Array.from({ length: 10 }, (_, e) => [`${name}:${e}`, { requests: 1 }]));
      const names = Array.from({ length: 5 }, (_, c) => `c${i}-${c}`);
      step(Object.fromEntries(names.map((name) => [name, endpoints(name)])));
      const { size } = history;
      most = {
        clusters: Math.max(most.clusters, size.clusters),
        endpoints: Math.max(most.endpoints, size.endpoints),
      };
    }
    expect(most).toEqual({ clusters: HISTORY_LIMITS.clusters, endpoints: HISTORY_LIMITS.endpoints });
    step({ api: { 'a:1': { requests: 1 } } });
    for (let i = 0; i < HISTORY_SECONDS; i++) step({ api: { 'a:1': { requests: 1 } } });
    expect(history.size).toEqual({ clusters: 1, endpoints: 1 });
  });
});
