// A change of `vm_config` makes Envoy start a new VM: its estimates go on from those of the old one.
import { expect, it } from 'vitest';
import { actorConfiguration, REPORT, testModel } from './support/configuration.js';
import { describeWithEnvoy, ENVOY_VERSIONS } from './support/envoy-suite.js';
import { eventually } from './support/eventually.js';
import type { FakeTrainer } from './support/fake-trainer.js';
import { addresses, sidecar, trainer, upstreams } from './support/parts.js';
import { reportsOf, totals } from './support/received.js';
import { allDecideWith } from './support/workers.js';

const WORKERS = 2;
const FAST = { delayMs: 4 };
const SLOW = { delayMs: 150 };
const NEW_VMS = 5;

/** Ids of the VMs in the last report. */
const virtualMachines = (fake: FakeTrainer): string[] =>
  (reportsOf(fake).at(-1)?.workers ?? []).map(({ id }) => id);

for (const version of ENVOY_VERSIONS) {
  await describeWithEnvoy(version, (envoy) => {
    it(`goes on from what ${NEW_VMS} VMs before it knew, and no request fails`, async () => {
      const all = await upstreams(FAST, SLOW, FAST);
      const fake = await trainer();
      const configure = (seed: number): object =>
        actorConfiguration(addresses(all), { model: testModel(seed).base64, report: REPORT });
      const client = await sidecar({
        envoy,
        endpoints: addresses(all),
        trainerPort: fake.port,
        configuration: configure(1),
        workers: WORKERS,
      });
      const load = client.startLoad({ concurrency: 6 });
      const slow = (): number => load.result.byEndpoint.get(all[1]!.address) ?? 0;
      await eventually(() => slow() > 0 && load.result.latenciesMs.length > 300);
      // Cold, two of the first six requests go there: it looks like any other.
      const cold = slow();
      // The estimates are kept once a second.
      await eventually(() => reportsOf(fake).length > 12);
      const before = slow();
      for (let n = 2; n <= NEW_VMS + 1; n++) {
        const ended = virtualMachines(fake);
        await client.publish(configure(n), `revision ${n}`);
        // The old VMs end when their last request has.
        await eventually(() => allDecideWith(client, testModel(n), WORKERS));
        await eventually(() => !virtualMachines(fake).some((id) => ended.includes(id)));
        const served = load.result.latenciesMs.length;
        await eventually(() => load.result.latenciesMs.length > served + 100);
      }
      const warm = slow() - before;
      const { statuses, failures, latenciesMs } = await load.stop();
      expect([...statuses.keys(), ...failures.keys()]).toEqual([200]);
      expect(cold).toBeGreaterThanOrEqual(2);
      // Cold, each new VM of a worker would send one there at the least: ten.
      expect(warm).toBeLessThan(NEW_VMS);
      await eventually(() => {
        // A report in whose middle a VM ends may come twice: trainer.test.ts.
        expect(totals(reportsOf(fake)).requests).toBeGreaterThanOrEqual(latenciesMs.length);
        expect(totals(reportsOf(fake)).fallback).toBe(0);
        return true;
      });
    });

    it('knows at once which endpoint is ejected', async () => {
      const all = await upstreams(FAST, { status: 500 }, FAST);
      const fake = await trainer();
      const ejection = { consecutiveErrors: 2, baseMs: 60_000, maxMs: 60_000 };
      const configuration = actorConfiguration(addresses(all), { ejection, report: REPORT });
      const client = await sidecar({
        envoy,
        endpoints: addresses(all),
        trainerPort: fake.port,
        configuration,
      });
      await client.send(60);
      expect(await eventually(() => client.stat('wasmcustom.weir.ejections'))).toBe(1);
      const [sick, ended] = [all[1]!.requests, await eventually(() => virtualMachines(fake))];
      await client.publish(configuration, 'revision 2');
      await eventually(() => !virtualMachines(fake).some((id) => ended.includes(id)));
      const { statuses } = await client.send(100);
      expect(statuses).toEqual(new Map([[200, 100]]));
      expect(all[1]!.requests).toBe(sick);
    });
  });
}
