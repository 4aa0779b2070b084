import { describe, expect, it } from 'vitest';
import { Strata } from '../../../trainer/rollout/strata.js';
import { CANDIDATE, CURRENT, OTHER, reportOf } from './world.js';

const arm = (id: string, requests: number, errors = 0) => ({
  id,
  requests,
  errors,
  latency: [[40, requests - errors] as [number, number]],
});
const report = (proxy: string, candidate: number, current: number) =>
  reportOf(
    proxy,
    1,
    [arm(CANDIDATE.id, candidate), arm(CURRENT.id, current), arm(OTHER.id, 99)].filter(
      ({ requests }) => requests > 0,
    ),
  );
const counts = (strata: ReturnType<Strata['add']>) =>
  strata.map(({ candidate, current }) => [candidate.requests, current.requests]);

describe('strata', () => {
  it('takes a report of many requests as it is, and of both models alone', () => {
    const strata = new Strata(CANDIDATE.id, CURRENT.id);
    expect(counts(strata.add(report('a', 5, 95), 0))).toEqual([[5, 95]]);
  });

  it('leaves out proxies that do not serve the candidate', () => {
    const strata = new Strata(CANDIDATE.id, CURRENT.id);
    expect(strata.add(report('a', 0, 500), 0)).toEqual([]);
    for (let second = 0; second < 20; second++)
      expect(strata.add(report('b', 0, 3), 1000 * second)).toEqual([]);
  });

  it('puts small reports of proxies together that served the candidate before', () => {
    const strata = new Strata(CANDIDATE.id, CURRENT.id);
    expect(strata.add(report('a', 1, 2), 0)).toEqual([]);
    expect(strata.add(report('b', 1, 0), 0)).toEqual([]);
    expect(strata.add(report('a', 1, 3), 1000)).toEqual([]);
    expect(strata.add(report('b', 0, 4), 2000)).toEqual([]);
    expect(counts(strata.add(report('b', 1, 4), 6000))).toEqual([[2, 11]]);
    // The next ones begin anew.
    expect(strata.add(report('b', 1, 4), 7000)).toEqual([]);
  });

  it('adds the latencies of what it puts together', () => {
    const strata = new Strata(CANDIDATE.id, CURRENT.id);
    strata.add(report('a', 1, 2), 0);
    strata.add(report('a', 1, 3), 0);
    const [pooled] = strata.add(report('a', 2, 3), 5000);
    expect(pooled?.candidate.latency).toEqual([[40, 3]]);
    expect(pooled?.current.latency).toEqual([[40, 6]]);
  });
});
