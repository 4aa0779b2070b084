// The latency average over all proxies, as the simulator's fleet view has it (plugin/simulator/fleet.ts).
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fleet } from '../../../trainer/telemetry/fleet.js';
import { FLEET_LATENCY_TAU_MS, FLEET_LEAST_ANSWERS } from '../../../trainer/telemetry/limits.js';
import { BINS, binOf, middleOf, type SparseBins } from '../../../trainer/telemetry/sketch.js';
import { answerOf, report } from './reports.js';

const A = '10.0.0.1:80';
const B = '10.0.0.2:80';

/** The latency that an answer tells of an endpoint; undefined where it does not. */
function latencyOf(fleet: Fleet, now: number, address = A): number | undefined {
  const { clusters } = answerOf(fleet, report('asker', 1, { api: {} }), now);
  return clusters[0]!.endpoints.find((endpoint) => endpoint.address === address)?.latencyMs;
}

/** Reports of one proxy after another that it answered so. */
function answered(fleet: Fleet, proxy: string, seq: number, latency: SparseBins, now: number): void {
  const intervalMs = 60_000;
  expect(fleet.accept(report(proxy, seq, { api: { [A]: { latency } } }, { intervalMs }), now)).toBe(
    'accepted',
  );
}

describe('the latency average over all proxies', () => {
  it('has the window and the least number of answers of the simulator', () => {
    const source = readFileSync(new URL('../../../plugin/simulator/fleet.ts', import.meta.url), 'utf8');
    const constant = (name: string) => Number(new RegExp(`const ${name}: f32 = (.+);`).exec(source)![1]);
    expect(constant('LATENCY_TAU_MS')).toBe(FLEET_LATENCY_TAU_MS);
    expect(constant('LEAST_ANSWERS')).toBe(FLEET_LEAST_ANSWERS);
  });

  it('weighs each answer alike, whichever proxy had it, and takes it for the middle of its bin', () => {
    const fleet = new Fleet();
    const [fast, slow] = [binOf(10), binOf(80)];
    answered(fleet, 'p1', 1, [[fast, 30]], 0);
    answered(fleet, 'p2', 1, [[fast, 5], [slow, 5]], 0); // prettier-ignore
    expect(latencyOf(fleet, 0)).toBeCloseTo((35 * middleOf(fast) + 5 * middleOf(slow)) / 40, 9);
  });

  it('forgets by time, e^(-age / 2 s), and not with the next report of the same proxy', () => {
    const fleet = new Fleet();
    answered(fleet, 'p1', 1, [[40, 6]], 0);
    answered(fleet, 'p1', 2, [[80, 2]], 3000);
    const old = 6 * Math.exp(-3000 / 2000);
    const expected = (old * middleOf(40) + 2 * middleOf(80)) / (old + 2);
    expect(latencyOf(fleet, 3000)).toBeCloseTo(expected, 9);
    // Without another answer it stays what it was.
    answered(fleet, 'p2', 1, [], 4000);
    expect(latencyOf(fleet, 5000)).toBeCloseTo(expected, 9);
  });

  it('is not told before the first answer, nor once what is left of them is less than a hundredth', () => {
    const fleet = new Fleet();
    answered(fleet, 'p1', 1, [], 0);
    expect(latencyOf(fleet, 0)).toBeUndefined();
    answered(fleet, 'p1', 2, [[40, 1]], 1000);
    const unknownAfter = -2000 * Math.log(0.01);
    expect(latencyOf(fleet, 1000 + unknownAfter - 1)).toBeCloseTo(middleOf(40), 9);
    expect(latencyOf(fleet, 1000 + unknownAfter + 1)).toBeUndefined();
  });

  it("starts anew for an endpoint that no proxy had for a while, and is each endpoint's own", () => {
    const fleet = new Fleet();
    const reported = (seq: number, endpoints: object) =>
      fleet.accept(report('p1', seq, { api: endpoints as never }), seq);
    reported(1, { [A]: { latency: [[40, 9]] }, [B]: { latency: [[90, 9]] } });
    expect([latencyOf(fleet, 1, A), latencyOf(fleet, 1, B)].map((ms) => binOf(ms!))).toEqual([40, 90]);
    reported(2, { [A]: {} });
    reported(3, { [A]: {}, [B]: { latency: [[60, 1]] } });
    expect([latencyOf(fleet, 3, A), latencyOf(fleet, 3, B)].map((ms) => binOf(ms!))).toEqual([40, 60]);
  });

  it('does not go back with the clock', () => {
    const fleet = new Fleet();
    answered(fleet, 'p1', 1, [[40, 1]], 10_000);
    answered(fleet, 'p1', 2, [[80, 1]], 4000);
    expect(latencyOf(fleet, 4000)).toBeCloseTo((middleOf(40) + middleOf(80)) / 2, 9);
  });

  it('equals the weighted mean over all reports that ever came', () => {
    const bins = fc.array(fc.tuple(fc.nat(BINS - 1), fc.nat(50)), { maxLength: 4 });
    const step = fc.record({ proxy: fc.constantFrom('p1', 'p2'), waitMs: fc.nat(900), bins });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
        const fleet = new Fleet();
        const seen: { at: number; bins: SparseBins }[] = [];
        let now = 0;
        for (const [seq, { proxy, waitMs, bins }] of steps.entries()) {
          now += waitMs;
          answered(fleet, proxy, seq, bins, now);
          seen.push({ at: now, bins });
        }
        const weighted = (value: (bin: number) => number) =>
          seen
            .flatMap(({ at, bins }) =>
              bins.map(([bin, count]) => Math.exp((at - now) / 2000) * count * value(bin)),
            )
            .reduce((a, b) => a + b, 0);
        const answers = weighted(() => 1);
        if (Math.abs(answers - 0.01) < 1e-9) return;
        const mean = latencyOf(fleet, now);
        if (answers < 0.01) expect(mean).toBeUndefined();
        else expect(mean! / (weighted(middleOf) / answers)).toBeCloseTo(1, 9);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});
