// An endpoint dies under load: the ranked list hides it, ejection takes it out, and it comes back.
import { expect, it } from 'vitest';
import { actorConfiguration, policyConfiguration, REPORT } from './support/configuration.js';
import { describeWithEnvoy, ENVOY_VERSIONS } from './support/envoy-suite.js';
import { eventually } from './support/eventually.js';
import { addresses, sidecar, upstreams } from './support/parts.js';

const EJECTION = { consecutiveErrors: 3, baseMs: 500, maxMs: 500, slowStartMs: 200 };
const QUICK = { delayMs: 4 };

for (const version of ENVOY_VERSIONS) {
  await describeWithEnvoy(version, (envoy) => {
    it.each([
      ['actor', (table: string[], more: object) => actorConfiguration(table, more)],
      ['round-robin', (table: string[], more: object) => policyConfiguration('round-robin', table, more)],
    ])('loses no request to an endpoint that dies and returns, with %s', async (_policy, configure) => {
      const all = await upstreams(QUICK, QUICK, QUICK);
      const client = await sidecar({
        envoy,
        endpoints: addresses(all),
        configuration: configure(addresses(all), { report: REPORT, ejection: EJECTION }),
        workers: 2,
      });
      const [victim] = all as [(typeof all)[0]];
      const load = client.startLoad({ concurrency: 4, method: 'POST', body: 'x' });
      const served = (): number => load.result.byEndpoint.get(victim.address) ?? 0;
      await eventually(() => served() > 20);
      // A request that is already there is lost with any balancer: not what this is about.
      victim.drain();
      await eventually(() => client.stat('wasmcustom.weir.ejected'));
      expect(await client.stat('wasmcustom.weir.served_not_chosen')).toBeGreaterThanOrEqual(3);
      await victim.restart();
      const before = served();
      await eventually(() => served() > before + 20);
      await eventually(async () => (await client.stat('wasmcustom.weir.ejected')) === 0);
      const { statuses, failures } = await load.stop();
      expect([...statuses.keys()]).toEqual([200]);
      expect(failures.size).toBe(0);
    });

    it('loses no more than what was there when an endpoint crashes', async () => {
      const all = await upstreams(QUICK, QUICK, QUICK);
      const client = await sidecar({
        envoy,
        endpoints: addresses(all),
        configuration: actorConfiguration(addresses(all), { ejection: EJECTION }),
        workers: 2,
      });
      const load = client.startLoad({ concurrency: 4 });
      await eventually(() => load.result.latenciesMs.length > 50);
      await all[0]!.kill();
      await eventually(() => client.stat('wasmcustom.weir.ejections'));
      const { statuses, failures } = await load.stop();
      expect(failures.size).toBe(0);
      expect(statuses.get(503) ?? 0).toBeLessThanOrEqual(4);
      expect([...statuses.keys()].every((status) => status === 200 || status === 503)).toBe(true);
    });

    it('serves by the last one left when two of three are dead', async () => {
      const all = await upstreams(QUICK, QUICK, QUICK);
      const client = await sidecar({
        envoy,
        endpoints: addresses(all),
        configuration: actorConfiguration(addresses(all), { ejection: EJECTION }),
      });
      await Promise.all([all[0]!.kill(), all[1]!.kill()]);
      const { statuses, byEndpoint } = await client.send(200, { concurrency: 4 });
      expect(statuses).toEqual(new Map([[200, 200]]));
      expect(byEndpoint).toEqual(new Map([[all[2]!.address, 200]]));
    });

    it('answers 503 while all are dead, and serves as soon as one is back', async () => {
      const all = await upstreams(QUICK, QUICK);
      const client = await sidecar({
        envoy,
        endpoints: addresses(all),
        configuration: actorConfiguration(addresses(all), { ejection: EJECTION }),
      });
      await Promise.all(all.map((upstream) => upstream.kill()));
      expect([...(await client.send(30, { concurrency: 2 })).statuses.keys()]).toEqual([503]);
      await all[0]!.restart();
      // Its own try or, at the latest, the retry on the other one finds it.
      expect((await client.send(30, { concurrency: 2 })).statuses).toEqual(new Map([[200, 30]]));
    });
  });
}
