import { describe, expect, it } from 'vitest';
import { untrainedModel } from '../../../trainer/actor/untrained.js';
import { shippedModel } from '../../../trainer/cli/shipped-model.js';
import { FleetEstimates, type EndpointEstimate } from '../../../trainer/publish/route-weights/estimates.js';
import { trafficShares } from '../../../trainer/publish/route-weights/traffic-shares.js';
import { Fleet } from '../../../trainer/telemetry/fleet.js';
import { binOf } from '../../../trainer/telemetry/sketch.js';
import { address, freshCore } from '../core/support.js';
import { report } from './support/reports.js';

const NOW = 1_000_000;
const core = freshCore();

function endpoint(
  i: number,
  medianMs: number | undefined,
  change: Partial<EndpointEstimate> = {},
): EndpointEstimate {
  const latency = medianMs === undefined ? {} : { latency: { medianMs, tail: 4, at: NOW } };
  return { address: address(i), rps: 50, inFlight: 1, errorRate: 0, ejected: false, ...latency, ...change };
}

describe.each([
  ['the untrained model', untrainedModel()],
  ['the shipped model', shippedModel()],
])('with %s', (_, model) => {
  const shares = (...endpoints: readonly EndpointEstimate[]) => trafficShares(core, model, endpoints, NOW);

  it('the shares sum to one, and are the same again for the same fleet', () => {
    const fleet = [endpoint(0, 5), endpoint(1, 20), endpoint(2, undefined)];
    const first = shares(...fleet);
    expect(first.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    expect(shares(...fleet)).toEqual(first);
  });

  it('equal endpoints share alike', () => {
    for (const share of shares(endpoint(0, 10), endpoint(1, 10), endpoint(2, 10), endpoint(3, 10)))
      expect(Math.abs(share - 0.25)).toBeLessThan(0.05);
  });

  it('a slower endpoint gets less, and the less the slower it is', () => {
    const slow = [10, 15, 30, 100].map((ms) => shares(endpoint(0, 10), endpoint(1, 10), endpoint(2, ms))[2]!);
    slow.slice(1).forEach((share, i) => expect(share).toBeLessThan(slow[i]!));
  });

  it('one that holds requests without answering gets next to nothing', () => {
    const stuck = endpoint(2, 10, { rps: 0, inFlight: 80 });
    expect(shares(endpoint(0, 10), endpoint(1, 10), stuck)[2]).toBeLessThan(0.05);
  });

  it('one that most proxies left out gets nothing', () => {
    const out = endpoint(2, 10, { ejected: true });
    expect(shares(endpoint(0, 10), endpoint(1, 10), out)[2]).toBe(0);
  });

  it('many times the requests and as many in flight change little', () => {
    const fleet = (times: number) =>
      shares(
        endpoint(0, 10, { rps: 50 * times, inFlight: times }),
        endpoint(1, 20, { rps: 50 * times, inFlight: times }),
      );
    const all = [1000, 10_000].map((times) => fleet(times)[0]!);
    expect(Math.abs(all[0]! - all[1]!)).toBeLessThan(0.1);
  });
});

it('more endpoints than the core holds are an error that says so', () => {
  const endpoints = Array.from({ length: 257 }, (_, i) => endpoint(i, 10));
  expect(() => trafficShares(core, untrainedModel(), endpoints, NOW)).toThrow('no room for it among 257');
});

describe('estimates', () => {
  const fleetOf = (...latencies: readonly number[]) => {
    const fleet = new Fleet();
    latencies.forEach((ms, seq) => {
      fleet.accept(
        report(seq + 1, [{ address: address(0), latency: [[binOf(ms), 20]], requests: 20 }]),
        seq * 1000,
      );
    });
    return fleet;
  };

  it('average over looks, older ones fading', () => {
    const estimates = new FleetEstimates(10_000, 1000);
    const seen: number[] = [];
    for (let second = 0; second < 60; second++) {
      const fleet = fleetOf(second < 30 ? 10 : 40);
      estimates.look(fleet.view(0), new Set([address(0)]), second * 1000);
      seen.push(estimates.of(address(0), second * 1000).latency!.medianMs);
    }
    expect(seen[29]).toBeCloseTo(10, -0.5);
    expect(seen[34]).toBeGreaterThan(12);
    expect(seen[34]).toBeLessThan(30);
    expect(seen[59]).toBeGreaterThan(35);
    expect(estimates.of(address(0), 59_000).rps).toBeCloseTo(20, 5);
  });

  it('forget an endpoint that had no requests for long, so that it is tried again', () => {
    const estimates = new FleetEstimates(10_000, 1000);
    estimates.look(fleetOf(500).view(0), new Set([address(0)]), 0);
    expect(estimates.of(address(0), 10_000).latency).toBeDefined();
    expect(estimates.of(address(0), 60_000).latency).toBeUndefined();
  });

  it('know nothing of an endpoint that no proxy has seen', () => {
    const estimates = new FleetEstimates(10_000, 1000);
    estimates.look(fleetOf(10).view(0), new Set([address(1)]), 0);
    expect(estimates.of(address(1), 0)).toEqual({
      address: address(1),
      rps: 0,
      inFlight: 0,
      errorRate: 0,
      ejected: false,
    });
  });
});
