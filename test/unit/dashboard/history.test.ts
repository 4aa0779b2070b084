import { describe, expect, it } from 'vitest';
import { append, emptyHistory, latest, total } from '../../../trainer/dashboard/data/history.js';
import type { LiveSample } from '../../../trainer/telemetry/history/history-view.js';

const sample = (at: number, rps: Record<string, number>): LiveSample => ({
  at,
  clusters: Object.entries(rps).map(([name, value]) => ({
    ...{
      name,
      rps: value,
      errorShare: 0,
      p50Ms: value,
      p99Ms: 2 * value,
      inFlight: 1,
      steeredShare: 1,
      fallbackShare: 0,
    },
    endpoints: [
      {
        address: `${name}:1`,
        weight: 1,
        rps: value,
        errorShare: 0,
        p99Ms: 1,
        inFlight: 1,
        cpu: null,
        memory: null,
      },
    ],
  })),
});

describe('the history of the page', () => {
  it('goes on with each sample, for as long as it may', () => {
    let history = emptyHistory;
    for (let i = 1; i <= 10; i++) history = append(history, sample(i, { api: i }), 4);
    expect(history.at).toEqual([7, 8, 9, 10]);
    expect(history.clusters[0]!.rps).toEqual([7, 8, 9, 10]);
    expect(history.clusters[0]!.endpoints[0]!.rps).toEqual([7, 8, 9, 10]);
  });

  it('has gaps where a cluster was not there, and forgets endpoints that left', () => {
    let history = append(append(emptyHistory, sample(1, { api: 1 }), 3), sample(2, { db: 2 }), 3);
    expect(history.clusters.map(({ name, rps }) => [name, rps])).toEqual([
      ['api', [1, null]],
      ['db', [null, 2]],
    ]);
    for (let i = 3; i < 6; i++) history = append(history, sample(i, { db: i }), 3);
    expect(history.clusters.find(({ name }) => name === 'api')?.endpoints).toEqual([]);
  });

  it('takes no sample twice', () => {
    const once = append(emptyHistory, sample(1, { api: 1 }), 3);
    expect(append(once, sample(1, { api: 9 }), 3)).toBe(once);
  });

  it('adds clusters up, quantiles by how many requests they are of', () => {
    const all = total(append(emptyHistory, sample(1, { api: 30, db: 10 }), 3));
    expect([latest(all.rps), latest(all.inFlight), latest(all.p50Ms)]).toEqual([40, 2, 25]);
    expect(latest([])).toBeNull();
  });
});
