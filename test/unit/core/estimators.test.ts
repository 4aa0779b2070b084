import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../plugin/support/seeded-random.js';
import { cluster, freshCore } from './support.js';

const core = freshCore();
const TAU = 4000;
/** A sample weighs at most one part in forty of the average, however long ago the last one was. */
const LEAST_KEEP = 0.975;
const uniform = (seed: number) => {
  const next = seededRandom(seed);
  return () => (next() + 0.5) / 2 ** 32;
};

describe('the latency average', () => {
  it('weighs the first samples alike', () => {
    cluster(core, 1);
    [10, 20, 60, 30].forEach((ms, i) => core.latency(0, ms, i));
    expect(core.get('Latency', 0)).toBeCloseTo(30, 4);
    expect(core.cluster('latency')).toBeCloseTo(30, 4);
    expect(core.get('Samples', 0)).toBe(4);
  });

  it('forgets by time, e^(-gap/tau), but never more than a fortieth at a sample', () => {
    for (const [gap, keep] of [
      [20, Math.exp(-20 / TAU)],
      [80, Math.exp(-80 / TAU)],
      [3000, LEAST_KEEP],
    ] as const) {
      cluster(core, 1);
      for (let i = 0; i < 200; i++) core.latency(0, 100, i);
      core.latency(0, 200, 199 + gap);
      expect(core.get('Latency', 0)).toBeCloseTo(100 * keep + 200 * (1 - keep), 2);
    }
  });

  it('follows the recursion in double precision over a random stream', () => {
    cluster(core, 1);
    const random = uniform(1);
    let average = 0;
    let peak = 0;
    let deviation = 0;
    let last = -1e9;
    let now = 0;
    for (let i = 0; i < 5000; i++) {
      now += -5 * Math.log(random());
      const ms = 10 - 10 * Math.log(random());
      core.latency(0, ms, now);
      const keep = Math.min(i / (i + 1), Math.max(Math.exp(-(now - last) / TAU), LEAST_KEEP));
      average = average * keep + ms * (1 - keep);
      deviation = deviation * keep + Math.abs(ms - average) * (1 - keep);
      const slow = Math.exp(-(now - last) / 10_000);
      peak = ms > peak ? ms : peak * slow + ms * (1 - slow);
      last = now;
    }
    // Times are rounded to 1/64 ms and a step's decay to 4e-6: each sample's weight is right to about 1e-3 of itself.
    expect(core.get('Latency', 0) / average).toBeCloseTo(1, 2);
    expect(core.get('Deviation', 0) / deviation).toBeCloseTo(1, 2);
    expect(core.get('Peak', 0) / peak).toBeCloseTo(1, 2);
  });

  it('has a peak that jumps at once and comes down over ten seconds', () => {
    cluster(core, 1);
    core.latency(0, 10, 0);
    core.latency(0, 500, 100);
    expect(core.get('Peak', 0)).toBe(500);
    core.latency(0, 10, 10_100);
    expect(core.get('Peak', 0)).toBeCloseTo(500 / Math.E + 10 * (1 - 1 / Math.E), 1);
  });
});

describe('the request rate', () => {
  it('is a geometric series for even spacing', () => {
    cluster(core, 1);
    const events = 50;
    for (let i = 0; i < events; i++) core.start(0, 1, i * 20);
    const q = Math.exp(-20 / 1000);
    expect(core.get('RateFast', 0)).toBeCloseTo((1 - q ** events) / (1 - q), 2);
    expect(core.cluster('rateFast')).toBeCloseTo(core.get('RateFast', 0), 4);
  });

  it('is on average the rate of a Poisson stream plus the event just counted, in both windows', () => {
    cluster(core, 1);
    const random = uniform(7);
    const perSecond = 40;
    let now = 0;
    let fast = 0;
    let slow = 0;
    const events = 40_000;
    for (let i = 0; i < events; i++) {
      now += (-1000 / perSecond) * Math.log(random());
      core.start(0, 1, now);
      if (i < 4000) continue;
      fast += core.get('RateFast', 0);
      slow += core.get('RateSlow', 0);
    }
    // Shot noise has variance rate / (2 tau); windows of 2 tau are independent: 900 s hold 450 of the fast and 45 of
    // the slow ones, so that five standard errors are 1.05 and 1.05 a second.
    expect(Math.abs(fast / (events - 4000) - (perSecond + 1))).toBeLessThan(1.1);
    expect(Math.abs(slow / (events - 4000) - (perSecond + 0.1))).toBeLessThan(1.1);
  });
});

describe('the error rate', () => {
  it('tends to the share of failures, at high and at low request rates', () => {
    for (const gap of [1, 5000]) {
      cluster(core, 1);
      const random = uniform(3);
      let sum = 0;
      for (let i = 0; i < 8000; i++) {
        const failed = random() < 0.2;
        if (!failed) core.latency(0, 10, i * gap);
        core.outcome(0, failed, i * gap);
        if (i >= 400) sum += core.get('ErrorRate', 0);
      }
      // Standard error of the mean of 7,600 independent outcomes: 0.0046, five of them.
      expect(Math.abs(sum / 7600 - 0.2)).toBeLessThan(0.025);
    }
  });

  it('does not condemn an endpoint by its first failure', () => {
    cluster(core, 1);
    core.outcome(0, true, 50);
    expect(core.get('ErrorRate', 0)).toBeCloseTo(0.02, 3);
  });
});

describe('what a server says', () => {
  it('is kept with its time, and what it does not say stays', () => {
    cluster(core, 1);
    core.serverLoad(0, { requests: 3, work: 4.5, timeMs: 12, rate: 40, cpu: 0.5, memory: 0.6 }, 100);
    core.serverLoad(0, { requests: 5 }, 200);
    const said = (['ServerRequests', 'ServerWork', 'ServerTime', 'ServerRate', 'Cpu'] as const).map((lane) =>
      core.get(lane, 0),
    );
    expect(said).toEqual([5, 5, 12, 40, 0.5]);
    expect(core.get('ServerAt', 0)).toBe(200);
  });

  it('has its processing time at its present depth beside the one on average', () => {
    cluster(core, 2);
    core.serverLoad(0, { requests: 3, timeMs: 12, latencyMs: 30 }, 100);
    core.serverLoad(0, { requests: 4, timeMs: 13 }, 200);
    expect([core.get('ServerLatency', 0), core.get('ServerLatency', 1)]).toEqual([30, 0]);
  });

  it('is behind by what was sent since, which a word without a number of requests does not tell', () => {
    cluster(core, 2);
    for (let i = 0; i < 3; i++) core.start(0, 2.5, i);
    core.finish(0, 2.5);
    core.start(1, 1, 5);
    expect([core.get('SentSince', 0), core.get('SentSince', 1)]).toEqual([3, 1]);
    core.serverLoad(0, { cpu: 0.4 }, 10);
    expect(core.get('SentSince', 0)).toBe(3);
    core.serverLoad(0, { requests: 8 }, 20);
    expect([core.get('SentSince', 0), core.get('SentSince', 1)]).toEqual([0, 1]);
    core.start(0, 1, 30);
    expect(core.get('SentSince', 0)).toBe(1);
  });

  it('counts as fresh when it is utilisation alone (ORCA without a sidecar), and not when it is nothing', () => {
    cluster(core, 1);
    core.serverLoad(0, {}, 50);
    expect(core.get('ServerAt', 0)).toBe(-1e9);
    core.serverLoad(0, { cpu: 0.4, rate: 10 }, 100);
    expect(core.get('ServerAt', 0)).toBe(100);
    core.serverLoad(0, { cpu: 0 }, 200);
    expect(core.get('ServerAt', 0)).toBe(200);
  });

  it('moves the averages of C3 by a tenth', () => {
    cluster(core, 1);
    core.serverLoad(0, { requests: 10, timeMs: 20 }, 0);
    core.serverLoad(0, { requests: 20, timeMs: 40 }, 1);
    expect(core.get('C3Queue', 0)).toBeCloseTo(11, 4);
    expect(core.get('C3Service', 0)).toBeCloseTo(22, 4);
    core.latency(0, 30, 2);
    core.latency(0, 50, 3);
    expect(core.get('C3Response', 0)).toBeCloseTo(32, 4);
  });
});
