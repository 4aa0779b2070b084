import { describe, expect, it } from 'vitest';
import { Admission } from '../../../../trainer/telemetry/graph/admission.js';
import type { Call } from '../../../../trainer/telemetry/graph/calls.js';
import { rankZ } from '../../../../trainer/telemetry/graph/rank-test.js';
import { Series } from '../../../../trainer/telemetry/graph/series.js';
import { LatencySketch } from '../../../../trainer/telemetry/sketch.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Midnight, UTC. */
const T0 = Date.UTC(2026, 0, 2);

const call = (totalMs = 8): Call => ({
  ...{ spanId: 's', from: 'web', to: 'api', totalMs, selfMs: totalMs, waitingMs: 0, betweenMs: 0 },
  ...{ criticalMs: totalMs, failed: false, isOrigin: false },
});

const requests = (series: Series, window: '1m' | '15m' | '24h', at: number, key = 'api') =>
  series.window(window, at).get(key)?.sums.requests ?? 0;

describe('a series', () => {
  it('counts a call in every window until it has left it', () => {
    const series = new Series({ limit: 10 });
    series.record('api', call(), T0);
    expect(['1m', '15m', '24h'].map((w) => requests(series, w as '1m', T0 + 1000))).toEqual([1, 1, 1]);
    expect(['1m', '15m', '24h'].map((w) => requests(series, w as '1m', T0 + 2 * MINUTE))).toEqual([0, 1, 1]);
    expect(['1m', '15m', '24h'].map((w) => requests(series, w as '1m', T0 + 2 * HOUR))).toEqual([0, 0, 1]);
    expect(requests(series, '24h', T0 + 25 * HOUR)).toBe(0);
  });

  it('loses none while it pours buckets into longer ones', () => {
    const series = new Series({ limit: 10 });
    let count = 0;
    for (let at = T0; at < T0 + 3 * HOUR; at += 1700) {
      series.record('api', call(count % 100), at);
      count += 1;
    }
    const day = series.window('24h', T0 + 3 * HOUR).get('api')!;
    expect([day.sums.requests, day.total.count]).toEqual([count, count]);
    const quarter = requests(series, '15m', T0 + 3 * HOUR);
    expect(Math.abs(quarter - (15 * MINUTE) / 1700)).toBeLessThanOrEqual((15_000 * 2) / 1700);
  });

  it('keeps hours of the day over days', () => {
    const series = new Series({ limit: 10, hours: true });
    for (const day of [0, 1, 2]) series.record('api', call(), T0 + day * 24 * HOUR + 9.5 * HOUR);
    series.record('api', call(), T0 + 72 * HOUR);
    const hours = series.hours('api', T0 + 72 * HOUR).map((tally) => tally?.sums.requests ?? 0);
    expect([hours[9], hours[0], hours.reduce((a, b) => a + b)]).toEqual([3, 1, 4]);
  });

  it('turns new keys away where it is full, and takes them in the place of idle ones', () => {
    const series = new Series({ limit: 2 });
    for (const key of ['a', 'b', 'c']) series.record(key, call(), T0);
    expect([...series.window('1m', T0).keys(), series.refused]).toEqual(['a', 'b', 1]);
    series.record('b', call(), T0 + 14 * MINUTE);
    series.record('c', call(), T0 + 16 * MINUTE);
    expect([...series.window('1m', T0 + 16 * MINUTE).keys()]).toEqual(['c']);
  });

  it('has the last ten seconds apart', () => {
    const series = new Series({ limit: 2 });
    series.record('api', call(), T0);
    series.record('api', call(), T0 + 20_000);
    expect(series.recent(T0 + 21_000).get('api')?.sums.requests).toBe(1);
  });
});

describe('admission', () => {
  it('never forgets who is busy, however many new ones knock', () => {
    const admission = new Admission(3);
    for (const key of ['a', 'b', 'c']) admission.admits(key, 0);
    for (let at = 0; at < HOUR; at += 1000) {
      for (const key of ['a', 'b', 'c']) expect(admission.admits(key, at)).toBe(true);
      expect(admission.admits(`new ${at}`, at)).toBe(false);
    }
  });
});

describe('the rank test', () => {
  const sketch = (...values: number[]) => {
    const all = new LatencySketch();
    for (const value of values) all.addOne(value);
    return all.pack();
  };

  it('agrees with a case worked by hand', () => {
    // All of a above all of b: U = 9, mean 4.5, variance 9/12 x 7 = 5.25 without ties.
    expect(rankZ(sketch(100, 200, 400), sketch(1, 2, 4))).toBeCloseTo(4.5 / Math.sqrt(5.25));
    expect(rankZ(sketch(1, 2, 4), sketch(100, 200, 400))).toBeCloseTo(-4.5 / Math.sqrt(5.25));
  });

  it('knows no difference in ties and in nothing', () => {
    expect([rankZ(sketch(5, 5), sketch(5, 5, 5)), rankZ(sketch(), sketch(1)), rankZ([], [])]).toEqual([
      0, 0, 0,
    ]);
  });
});
