// An endpoint that answers with errors is left out for a while, and never so many that nobody is left.
import { expect, it } from 'vitest';
import { actorConfiguration, policyConfiguration, REPORT } from './support/configuration.js';
import { describeWithEnvoy, ENVOY_VERSIONS } from './support/envoy-suite.js';
import { eventually } from './support/eventually.js';
import { addresses, sidecar, trainer, upstreams } from './support/parts.js';
import { reportsOf, totals } from './support/received.js';

const EJECTION = { consecutiveErrors: 5, baseMs: 400, maxMs: 400, slowStartMs: 200 };
const GOOD = { delayMs: 4 };
const BAD = { status: 500 };

for (const version of ENVOY_VERSIONS) {
  await describeWithEnvoy(version, (envoy) => {
    it('leaves out an endpoint after its errors in a row, and takes it back when it is well', async () => {
      const all = await upstreams(GOOD, GOOD, GOOD);
      const client = await sidecar({
        envoy,
        endpoints: addresses(all),
        configuration: actorConfiguration(addresses(all), { report: REPORT, ejection: EJECTION }),
      });
      const [sick] = all as [(typeof all)[0]];
      const load = client.startLoad({ concurrency: 3 });
      const errors = (): number => load.result.statuses.get(500) ?? 0;
      await eventually(() => (load.result.byEndpoint.get(sick.address) ?? 0) > 10);
      sick.behave(BAD);
      await eventually(() => client.stat('wasmcustom.weir.ejections'));
      // Five in a row, and what was on its way: at most as many as there are requests at a time.
      expect(errors()).toBeGreaterThanOrEqual(5);
      expect(errors()).toBeLessThanOrEqual(5 + 3);
      expect(await eventually(() => client.stat('wasmcustom.weir.ejected'))).toBe(1);
      sick.behave(GOOD);
      const served = load.result.byEndpoint.get(sick.address) ?? 0;
      await eventually(() => (load.result.byEndpoint.get(sick.address) ?? 0) > served + 20);
      await eventually(async () => (await client.stat('wasmcustom.weir.ejected')) === 0);
      const { statuses, failures } = await load.stop();
      expect(await client.stat('wasmcustom.weir.errors')).toBe(statuses.get(500));
      expect([...statuses.keys()].sort()).toEqual([200, 500]);
      expect(failures.size).toBe(0);
    });

    it('is not scared by errors of clients', async () => {
      const all = await upstreams({ status: 404 }, { status: 429 });
      const client = await sidecar({
        envoy,
        endpoints: addresses(all),
        configuration: actorConfiguration(addresses(all), { ejection: EJECTION }),
      });
      await client.send(50);
      expect(await eventually(() => client.stat('wasmcustom.weir.requests'))).toBeGreaterThan(0);
      expect(await client.stat('wasmcustom.weir.ejections')).toBe(0);
      expect(await client.stat('wasmcustom.weir.errors')).toBe(0);
    });

    it('goes on using all of them when all of them fail', async () => {
      const all = await upstreams(BAD, BAD, BAD, BAD);
      const fake = await trainer();
      const client = await sidecar({
        envoy,
        endpoints: addresses(all),
        trainerPort: fake.port,
        configuration: policyConfiguration('round-robin', addresses(all), {
          report: REPORT,
          ejection: { ...EJECTION, maxShare: 1, baseMs: 60_000, maxMs: 60_000 },
        }),
      });
      const { statuses, failures } = await client.send(200, { concurrency: 4 });
      // Each request has the answer of an application, and no other error.
      expect([statuses, failures.size]).toEqual([new Map([[500, 200]]), 0]);
      for (const upstream of all) expect(upstream.requests).toBeGreaterThan(20);
      await eventually(() => {
        const sum = totals(reportsOf(fake));
        expect([sum.requests, sum.served, sum.errors, sum.modelErrors]).toEqual([200, 200, 200, 0]);
        return true;
      });
    });

    it('ejects at most the share that it may', async () => {
      const all = await upstreams(BAD, BAD, BAD, GOOD);
      const client = await sidecar({
        envoy,
        endpoints: addresses(all),
        configuration: policyConfiguration('round-robin', addresses(all), {
          report: REPORT,
          ejection: { ...EJECTION, maxShare: 0.5, baseMs: 60_000, maxMs: 60_000 },
        }),
      });
      await client.send(100, { concurrency: 2 });
      expect(await eventually(() => client.stat('wasmcustom.weir.ejected'))).toBe(2);
      // Of the two that are left, one fails.
      const { statuses } = await client.send(100, { concurrency: 1 });
      expect(statuses).toEqual(
        new Map([
          [200, 50],
          [500, 50],
        ]),
      );
    });
  });
}
