// Modes shadow and off: Envoy's own balancing serves, with the filter looking on or not.
import { expect, it } from 'vitest';
import { actorConfiguration, REPORT } from './support/configuration.js';
import { describeWithEnvoy, ENVOY_VERSIONS } from './support/envoy-suite.js';
import { eventually } from './support/eventually.js';
import { addresses, sidecar, trainer, upstreams } from './support/parts.js';
import { reportsOf, totals } from './support/received.js';

const REQUESTS = 120;

for (const version of ENVOY_VERSIONS) {
  await describeWithEnvoy(version, (envoy) => {
    it('decides and reports in mode shadow, and does not steer', async () => {
      const all = await upstreams({ delayMs: 2 }, { delayMs: 2 }, { delayMs: 2 });
      const fake = await trainer();
      const client = await sidecar({
        envoy,
        endpoints: addresses(all),
        trainerPort: fake.port,
        // One endpoint alone is in the table: every decision has to name it, and Envoy knows nothing of that.
        configuration: actorConfiguration([all[0]!.address], { mode: 'shadow', report: REPORT }),
      });
      const { statuses, byEndpoint } = await client.send(REQUESTS);
      expect(statuses).toEqual(new Map([[200, REQUESTS]]));
      expect(byEndpoint.size).toBe(3);
      await eventually(() => {
        const reports = reportsOf(fake);
        expect(totals(reports)).toMatchObject({ requests: REQUESTS, chosen: REQUESTS, fallback: 0 });
        expect(totals(reports)).toMatchObject({ servedNotChosen: 0, modelRequests: REQUESTS });
        // What the other two served is counted where the table knows them: not here.
        expect(totals(reports).served).toBe(byEndpoint.get(all[0]!.address));
        expect(reports.at(-1)).toMatchObject({ mode: 'shadow', policy: 'actor' });
        return true;
      });
      expect(await client.stat('wasmcustom.weir.steered')).toBe(0);
    });

    it('does nothing in mode off, until it is told to act', async () => {
      const all = await upstreams({ delayMs: 2 }, { delayMs: 2 }, { delayMs: 2 });
      const table = [all[0]!.address];
      const client = await sidecar({
        envoy,
        endpoints: addresses(all),
        configuration: actorConfiguration(table, { mode: 'off' }),
      });
      expect((await client.send(REQUESTS)).byEndpoint.size).toBe(3);
      expect(await client.stat('wasmcustom.weir.requests')).toBe(0);
      await client.publish(actorConfiguration(table));
      await eventually(async () => (await client.send(10)).byEndpoint.get(table[0]!) === 10);
      await client.publish(actorConfiguration(table, { mode: 'off' }));
      await eventually(async () => (await client.send(REQUESTS)).byEndpoint.size === 3);
    });
  });
}
