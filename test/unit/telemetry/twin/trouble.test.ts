import { describe, expect, it } from 'vitest';
import { Observations } from '../../../../trainer/telemetry/twin/observations.js';
import { estimate } from '../../../../trainer/telemetry/twin/estimate.js';
import { mesh, p99Of, served, slotsOf, speedRatios, twinOf } from './scenarios.js';
import { addressOf, simulatedReports } from './simulated-reports.js';

const FLEET = {
  endpoints: [{ count: 3, workers: 4 }],
  serviceTime: { kind: 'exponential', meanMs: 50 },
  utilisation: 0.6,
};

describe('the twin of a mesh in trouble', () => {
  it('finds an endpoint that was slow for a while, and what it is when it is well', async () => {
    const slow = { kind: 'slow', endpoint: 1, fromSeconds: 40, toSeconds: 80, factor: 0.3 };
    const truth = mesh('slow', { ...FLEET, faults: [slow] });
    const twin = await twinOf(truth);
    const [fault, ...others] = twin.faults;
    expect(others).toEqual([]);
    expect(fault).toMatchObject({ kind: 'slow', address: addressOf(1), goesOn: false });
    expect(fault!.fromMs).toBeGreaterThan(37_000);
    expect(fault!.fromMs).toBeLessThan(43_000);
    expect(fault!.toMs).toBeGreaterThan(76_000);
    expect(fault!.toMs).toBeLessThan(84_000);
    expect(fault!.value).toBeGreaterThan(0.24);
    expect(fault!.value).toBeLessThan(0.37);
    for (const ratio of speedRatios(twin, truth)) expect(Math.abs(Math.log(ratio))).toBeLessThan(0.1);
    // What is over is not in the scenario of now, and is in that of then.
    expect(twin.scenario.faults).toEqual([]);
    expect(twin.replay.faults).toMatchObject([
      { kind: 'slow', endpoint: twin.addresses.indexOf(addressOf(1)) },
    ]);
  });

  it('finds bursts, with the load and the tail that they make', async () => {
    const pattern = { kind: 'burst', factor: 1.6, share: 0.3, meanSeconds: 2 };
    const truth = mesh('bursts', { ...FLEET, utilisation: 0.55, pattern });
    const twin = await twinOf(truth);
    expect(twin.scenario.load.pattern.kind).toBe('burst');
    expect(slotsOf(twin)).toEqual([4, 4, 4]);
    expect(Math.abs(Math.log(twin.scenario.load.utilisation / 0.55))).toBeLessThan(0.15);
    expect(Math.abs(Math.log(p99Of(twin.scenario) / p99Of(truth)))).toBeLessThan(0.2);
  });

  it('finds slots and times without a word from the servers, of a fleet under load', async () => {
    const truth = mesh('silent', { ...FLEET, utilisation: 0.75, proxies: 1 });
    const twin = await twinOf(truth, { withServer: false });
    for (const ratio of speedRatios(twin, truth)) expect(Math.abs(Math.log(ratio))).toBeLessThan(0.1);
    expect(Math.abs(Math.log(p99Of(twin.scenario) / p99Of(truth)))).toBeLessThan(0.2);
    expect(twin.scenario.signals.serverLoad).toBe(false);
    const slots = twin.confidence.find(({ parameter }) => parameter.endsWith('.workers'));
    expect(slots).toMatchObject({ source: 'fitted' });
  });

  it('tells errors of all endpoints from those of one, and an endpoint that left from one that is new', () => {
    const faults = [
      { kind: 'errors', endpoint: 0, rate: 0.2 },
      { kind: 'add', endpoint: 3, atSeconds: 30 },
      { kind: 'remove', endpoint: 2, atSeconds: 60 },
    ];
    const truth = mesh('churn', {
      ...FLEET,
      endpoints: [{ count: 4, workers: 4 }],
      service: { errorRate: 0.02 },
      faults,
    });
    const observations = new Observations();
    for (const { at, reports } of simulatedReports(truth, 'actor', 100, { served }))
      for (const report of reports) observations.observe(report, at);
    const found = estimate(observations.seen('api', 100_000)!);
    expect(found.errorRate).toBeGreaterThan(0.012);
    expect(found.errorRate).toBeLessThan(0.03);
    expect(found.endpoints.map(({ address }) => address)).toEqual([0, 1, 3].map(addressOf));
    expect(found.faults.map(({ kind, address }) => `${kind} ${address}`).sort()).toEqual(
      [`errors ${addressOf(0)}`, `added ${addressOf(3)}`, `removed ${addressOf(2)}`].sort(),
    );
    const errors = found.faults.find(({ kind }) => kind === 'errors')!;
    expect(errors).toMatchObject({ goesOn: true });
    expect(Math.abs(errors.value! - 0.2)).toBeLessThan(0.04);
  });
});
