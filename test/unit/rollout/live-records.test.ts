import { describe, expect, it } from 'vitest';
import { LiveRecords } from '../../../trainer/rollout/live-records.js';
import type { Report } from '../../../trainer/telemetry/report.js';
import { random } from './traffic.js';
import { CANDIDATE, CURRENT, reportOf } from './world.js';

type Sample = Report['samples'][number];
const base64 = (...bytes: number[]) => Buffer.from(Int8Array.from(bytes)).toString('base64');

const sample = (of: Partial<Sample> = {}): Sample => ({
  cluster: 'api',
  endpoints: 2,
  features: base64(...Array.from({ length: 48 }, (_, i) => i - 24)),
  context: base64(...Array.from({ length: 8 }, (_, i) => -i)),
  action: 1,
  probability: 0.5,
  latencyMs: 10,
  error: false,
  model: CURRENT.id,
  ...of,
});
const report = (...samples: Sample[]): Report => ({ ...reportOf('a', 1, []), samples });
const OPTIONS = { records: 10, windowMs: 1000, pairs: 3 };

describe('live records', () => {
  it('keeps what the proxy saw as numbers', () => {
    const records = new LiveRecords(random(1), OPTIONS);
    records.add(report(sample()), 0);
    const [record] = records.of(CURRENT.id, 0);
    expect(record).toMatchObject({
      cluster: 'api',
      endpoints: 2,
      action: 1,
      probability: 0.5,
      latencyMs: 10,
    });
    expect([...record!.features].slice(0, 3)).toEqual([-24, -23, -22]);
    expect([...record!.context]).toEqual([0, -1, -2, -3, -4, -5, -6, -7]);
    expect(records.of(CANDIDATE.id, 0)).toEqual([]);
  });

  it('keeps how much more of its cpu and memory the chosen endpoint used than all, as servers or pods say', () => {
    const endpoint = {
      requests: 0,
      chosen: 0,
      served: 0,
      latency: [],
      inFlight: 0,
      weight: 0,
      ejected: false,
    };
    const word = { isOfLimits: true, at: 0, until: 0, windowMs: 0 };
    const endpoints = [
      { ...endpoint, address: 'a', server: { cpu: 0.2, ageMs: 20 }, pod: { ...word, memory: null } },
      { ...endpoint, address: 'b', pod: { ...word, cpu: 0.8, memory: 0.5 } },
      { ...endpoint, address: 'c', server: { cpu: 0.9, ageMs: 20_000 } },
    ];
    const clusters = [{ name: 'api', requests: 0, fallback: 0, servedNotChosen: 0, endpoints }];
    const features = base64(...new Array<number>(72).fill(0));
    const taken = (of: Partial<Sample>, ...more: object[]) => {
      const records = new LiveRecords(random(1), OPTIONS);
      const [one] = more as [Partial<Report> | undefined];
      records.add({ ...report(sample({ endpoints: 3, features, ...of })), clusters, ...one }, 0);
      const { cpuAbove, memoryAbove } = records.of(CURRENT.id, 0)[0]!;
      return [cpuAbove, memoryAbove].map((value) => Number(value.toFixed(9)));
    };
    expect(taken({ action: 1 })).toEqual([0.3, 0]);
    expect(taken({ action: 0 })).toEqual([-0.3, 0]);
    expect(taken({ action: 2 })).toEqual([0, 0]);
    // Rows that are not those of the report are nobody's.
    expect(taken({ action: 1 }, { clusters: [] })).toEqual([0, 0]);
  });

  it('keeps a bounded number, each of a window with the same chance', () => {
    const kept = new Array<number>(40).fill(0);
    for (let seed = 0; seed < 200; seed++) {
      const records = new LiveRecords(random(seed), OPTIONS);
      for (let i = 0; i < 40; i++) records.add(report(sample({ latencyMs: i + 1 })), 0);
      const all = records.of(CURRENT.id, 0);
      expect(all).toHaveLength(10);
      for (const { latencyMs } of all) kept[latencyMs - 1]! += 1;
    }
    // A quarter of 200 each; four standard deviations of a binomial are 24.5.
    for (const count of kept) expect(Math.abs(count - 50)).toBeLessThan(25);
  });

  it('forgets what is older than two windows', () => {
    const records = new LiveRecords(random(1), OPTIONS);
    records.add(report(sample({ latencyMs: 1 })), 0);
    records.add(report(sample({ latencyMs: 2 })), 1500);
    expect(records.of(CURRENT.id, 1500).map(({ latencyMs }) => latencyMs)).toEqual([1, 2]);
    expect(records.of(CURRENT.id, 2500).map(({ latencyMs }) => latencyMs)).toEqual([2]);
    expect(records.of(CURRENT.id, 9000)).toEqual([]);
  });

  it('keeps a bounded number of clusters, those heard of last', () => {
    const records = new LiveRecords(random(1), OPTIONS);
    for (const cluster of ['a', 'b', 'c', 'a', 'd']) records.add(report(sample({ cluster })), 0);
    expect(records.of(CURRENT.id, 0).map(({ cluster }) => cluster)).toEqual(['c', 'a', 'a', 'd']);
  });

  it('drops and counts what no filter writes', () => {
    const records = new LiveRecords(random(1), OPTIONS);
    records.add(report(sample({ probability: 0 }), sample({ latencyMs: 0 }), sample({ model: 'x' })), 0);
    expect(records.of(CURRENT.id, 0)).toEqual([]);
    expect(records.invalid).toBe(3);
  });
});
