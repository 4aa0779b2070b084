import { describe, expect, it } from 'vitest';
import { Twin } from '../../../../trainer/telemetry/twin/twin.js';
import { viewTwin } from '../../../../trainer/telemetry/twin/twin-view.js';
import { mesh, served, calibrateHere } from './scenarios.js';
import { simulatedReports } from './simulated-reports.js';
import { report } from '../reports.js';

const MESH = mesh('steady', {
  endpoints: [{ workers: 2 }, { speed: 0.6, workers: 2 }],
  serviceTime: { kind: 'lognormal', meanMs: 30, sigma: 0.8 },
  utilisation: 0.6,
});

describe('a twin', () => {
  it('predicts what is then seen', async () => {
    const twin = new Twin({ calibrate: calibrateHere });
    const seconds = simulatedReports(MESH, 'actor', 240, { served });
    const observe = (from: number, to: number) => {
      for (const { at, reports } of seconds.slice(from, to)) for (const one of reports) twin.observe(one, at);
    };
    observe(0, 121);
    await twin.calibrate(121_000, served);
    const [prediction] = twin.predictions();
    expect(prediction!.figures.map(({ endpoint }) => endpoint)).toHaveLength(3);
    observe(121, 140);
    twin.compare(140_000);
    expect(twin.errors()).toEqual([]);
    observe(140, 240);
    twin.compare(240_000);
    const all = twin.errors().filter(({ endpoint }) => endpoint === undefined);
    expect(all.map(({ figure }) => figure).sort()).toEqual(['p50Ms', 'p99Ms', 'throughputRps']);
    for (const { ratio, figure } of twin.errors())
      expect(Math.abs(Math.log(ratio)), figure).toBeLessThan(figure === 'p99Ms' ? 0.25 : 0.15);
    // Compared once: the next comparison is with the next prediction.
    expect(twin.predictions()).toEqual([]);
    const view = viewTwin(twin, 240_000);
    expect(view.clusters).toHaveLength(1);
    expect(view.clusters[0]).toMatchObject({
      cluster: 'api',
      ageMs: 119_000,
      predictions: [],
      policy: 'actor',
    });
    expect(view.clusters[0]!.errors).toEqual(twin.errors());
    expect(JSON.parse(JSON.stringify(view))).toMatchObject({ skipped: [] });
  });

  it('says why a cluster has none', async () => {
    const twin = new Twin({ calibrate: calibrateHere });
    twin.observe(report('a', 1, { api: { '10.0.0.1:80': { requests: 3 } } }), 1000);
    expect(await twin.calibrate(2000)).toEqual({
      twins: [],
      skipped: [{ cluster: 'api', why: 'seen for 2 windows of a second, and it takes 20' }],
    });
    for (let s = 2; s <= 30; s++)
      twin.observe(report('a', s, { api: { '10.0.0.1:80': { requests: 3, latency: [[50, 3]] } } }), s * 1000);
    expect((await twin.calibrate(30_000)).skipped).toEqual([
      { cluster: 'api', why: '87 answers seen, and it takes 1000' },
    ]);
    for (let s = 31; s <= 60; s++)
      twin.observe(
        report(
          'a',
          s,
          { api: { '10.0.0.1:80': { requests: 90, latency: [[50, 90]] } } },
          { policy: 'actor', mode: 'act' },
        ),
        s * 1000,
      );
    expect((await twin.calibrate(60_000)).skipped).toEqual([
      { cluster: 'api', why: 'the policy actor serves, and its model was not given' },
    ]);
  });

  it('refuses a calibration that fits badly, and keeps the one before', async () => {
    let misfit = 0.01;
    const twin = new Twin({
      calibrate: async (jobs, decides) =>
        (await calibrateHere(jobs, decides)).map((one) => one && { ...one, twin: { ...one.twin, misfit } }),
    });
    for (const { at, reports } of simulatedReports(MESH, 'actor', 40, { served }))
      for (const one of reports) twin.observe(one, at);
    await twin.calibrate(40_000, served);
    misfit = 0.3;
    expect((await twin.calibrate(40_000, served)).skipped).toEqual([
      { cluster: 'api', why: 'fits badly: misfit 0.30, at most 0.2' },
    ]);
    expect(twin.scenario('api')).toMatchObject({ misfit: 0.01 });
  });

  it('forgets a cluster that nobody reports any more', async () => {
    const twin = new Twin({ calibrate: calibrateHere });
    twin.observe(report('a', 1, { api: { '10.0.0.1:80': { requests: 3 } } }), 1000);
    expect((await twin.calibrate(2000)).skipped).toHaveLength(1);
    expect((await twin.calibrate(400_000)).skipped).toEqual([]);
  });
});
