// The filter steers: who serves is its choice, and neither the servers nor the client see how.
import { expect, it } from 'vitest';
import { actorConfiguration, REPORT, testModel } from './support/configuration.js';
import { describeWithEnvoy, ENVOY_VERSIONS } from './support/envoy-suite.js';
import { eventually } from './support/eventually.js';
import { addresses, sidecar, upstreams } from './support/parts.js';

const FAST = { delayMs: 5 };
const SLOW = { delayMs: 40 };
const REQUESTS = 300;

for (const version of ENVOY_VERSIONS) {
  await describeWithEnvoy(version, (envoy) => {
    it('sends every request to a member of the table, and few to a slow one', async () => {
      const all = await upstreams(FAST, SLOW, FAST, FAST);
      const [fast, slow, other, outside] = addresses(all) as [string, string, string, string];
      const configuration = actorConfiguration([fast, slow, other]);
      const client = await sidecar({ envoy, endpoints: addresses(all), configuration });
      const { byEndpoint, statuses } = await client.send(REQUESTS, { concurrency: 6 });
      expect(statuses).toEqual(new Map([[200, REQUESTS]]));
      expect(byEndpoint.has(outside)).toBe(false);
      // Six at a time keep three requests at each fast one, cost 3 x 5 ms and more: a slow one of 40 ms is chosen until its
      // latency is known and then now and then by chance. A quarter of its fair share (100) is far above that.
      expect(byEndpoint.get(slow) ?? 0).toBeLessThan(REQUESTS / 3 / 4);
      for (const address of [fast, other]) expect(byEndpoint.get(address)).toBeGreaterThan(REQUESTS / 3);
    });

    it('counts in its statistics what was sent', async () => {
      const all = await upstreams(FAST, SLOW, FAST);
      const client = await sidecar({
        envoy,
        endpoints: addresses(all),
        configuration: actorConfiguration(addresses(all), { report: REPORT }),
        workers: 2,
      });
      const { byEndpoint } = await client.send(REQUESTS, { concurrency: 6 });
      await eventually(async () => {
        const stats = await client.sidecar.stats('^wasmcustom\\.weir\\.');
        const of = (name: string): number | undefined => stats.get(`wasmcustom.weir.${name}`);
        expect([of('requests'), of('steered')]).toEqual([REQUESTS, REQUESTS]);
        expect([of('fallback'), of('served_not_chosen'), of('errors'), of('ejected')]).toEqual([0, 0, 0, 0]);
        for (const [address, count] of byEndpoint) expect(of(`chosen.api.${address}`)).toBe(count);
        expect(of('model')).toBe(testModel().gauge);
        return true;
      });
    });

    it('hides its headers from servers and clients', async () => {
      const all = await upstreams({ headers: { 'x-weir-load': 'q=1;t=500', 'x-other': 'kept' } });
      const client = await sidecar({
        envoy,
        endpoints: addresses(all),
        configuration: actorConfiguration(addresses(all)),
      });
      const answer = await fetch(`http://${client.address}/`);
      expect(await eventually(() => client.stat('wasmcustom.weir.steered'))).toBe(1);
      expect(Object.keys(all[0]!.lastHeaders).filter((name) => name.startsWith('x-weir-'))).toEqual([]);
      expect([...answer.headers.keys()].filter((name) => name.startsWith('x-weir-'))).toEqual([]);
      expect(answer.headers.get('x-other')).toBe('kept');
    });
  });
}
