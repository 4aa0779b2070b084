import { expect, it } from 'vitest';
import { Observations } from '../../../../trainer/telemetry/twin/observations.js';
import { calibrateInThreads } from '../../../../trainer/telemetry/twin/threads.js';
import { calibrateHere, mesh, served } from './scenarios.js';
import { simulatedReports } from './simulated-reports.js';

const MESH = mesh('small', { endpoints: [{ workers: 2 }], serviceTime: { meanMs: 40 }, utilisation: 0.6 });
const observations = new Observations();
for (const { at, reports } of simulatedReports(MESH, 'actor', 60, { served }))
  for (const report of reports) observations.observe(report, at);
const JOB = {
  seen: observations.seen('api', 60_000)!,
  ...({ policy: 'actor', seed: 1, requests: 2000, warmup: 100 } as const),
};

it('calibrates in threads what it calibrates here', async () => {
  expect(await calibrateInThreads(1)([JOB], served)).toEqual(await calibrateHere([JOB], served));
});

it('names the cluster whose calibration fails', async () => {
  await expect(calibrateInThreads(1)([JOB])).rejects.toThrow(
    'the twin of api: the policy actor needs a model',
  );
});
