// Responses that outlive a configuration: they end on the one that they began with, and are counted out.
import { setMaxListeners } from 'node:events';
import { request } from 'undici';
import { expect, it } from 'vitest';
import type { ClientSidecar } from './support/client-sidecar.js';
import { actorConfiguration, REPORT, testModel } from './support/configuration.js';
import { describeWithEnvoy, ENVOY_VERSIONS } from './support/envoy-suite.js';
import { eventually } from './support/eventually.js';
import { addresses, sidecar, trainer, upstreams } from './support/parts.js';
import { lastInFlight, reportsOf } from './support/received.js';
import { allDecideWith, workerGauges } from './support/workers.js';

const WORKERS = 2;
const STREAMS = 200;

/** Opens streams; resolves to the length of each body when all have ended. */
function open({ address }: ClientSidecar, count: number, path = '/'): Promise<number[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const { body } = await request(`http://${address}${path}`);
      return (await body.text()).length;
    }),
  );
}

for (const version of ENVOY_VERSIONS) {
  await describeWithEnvoy(version, (envoy) => {
    it.each([
      ['a reload', undefined],
      ['a new VM', '2'],
    ])(
      `ends ${STREAMS} streams over %s in full, with none left in flight`,
      async (_what, vmConfiguration) => {
        let release = (): void => undefined;
        const streamUntil = new Promise<void>((resolve) => (release = resolve));
        const stream = { streamUntil, body: 'half' };
        const all = await upstreams(stream, stream, stream);
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
        const bodies = open(client, STREAMS);
        await eventually(() => lastInFlight(fake) === STREAMS);
        await client.publish(configure(2), vmConfiguration);
        const ofNew = (gauge: number): boolean => gauge === testModel(2).gauge;
        await eventually(async () => (await workerGauges(client)).filter(ofNew).length === WORKERS + 1);
        const reports = fake.reports.length;
        await eventually(() => fake.reports.length > reports && lastInFlight(fake) === STREAMS);
        release();
        expect(await bodies).toEqual(Array.from({ length: STREAMS }, () => 2 * 'half'.length));
        await eventually(() => lastInFlight(fake) === 0);
        await eventually(() => allDecideWith(client, testModel(2), WORKERS));
        expect(await client.stat('cluster.api.upstream_rq_active')).toBe(0);
      },
    );

    it('counts out requests that their clients gave up', async () => {
      const all = await upstreams({ delayMs: 5000 }, { delayMs: 5000 });
      const fake = await trainer();
      const client = await sidecar({
        envoy,
        endpoints: addresses(all),
        trainerPort: fake.port,
        configuration: actorConfiguration(addresses(all), { report: REPORT }),
        workers: WORKERS,
      });
      const impatient = new AbortController();
      setMaxListeners(20, impatient.signal);
      const requests = Array.from({ length: 20 }, () =>
        request(`http://${client.address}/`, { signal: impatient.signal }),
      );
      const over = Promise.allSettled(requests);
      await eventually(() => lastInFlight(fake) === 20);
      impatient.abort();
      await over;
      await eventually(() => lastInFlight(fake) === 0);
    });

    // Envoy keeps the root context of a configuration while streams hold it, and takes it up again, without another
    // proxy_on_configure, when the same configuration comes back: a rollback in the life of a long stream.
    it('obeys a configuration that comes back while streams of it and of the one between are open', async () => {
      const stream = { streamUntil: new Promise(() => undefined), body: 'x' };
      const all = await upstreams(stream, stream);
      const fake = await trainer();
      const [first, second] = addresses(all) as [string, string];
      const configure = (seed: number, table: string[]): object =>
        actorConfiguration(table, { model: testModel(seed).base64, report: REPORT });
      const client = await sidecar({
        envoy,
        endpoints: [first, second],
        trainerPort: fake.port,
        configuration: configure(1, [first]),
      });
      // They are cut when the test ends.
      const hold = (): void => void open(client, 4).catch(() => undefined);
      hold();
      await eventually(() => all[0]!.inFlight === 4);
      await client.publish(configure(2, [second]));
      await eventually(() => allDecideWith(client, testModel(2), 1));
      hold();
      await eventually(() => all[1]!.inFlight === 4);
      await client.publish(configure(1, [first]));
      await eventually(async () => (await workerGauges(client)).includes(testModel(1).gauge));
      hold();
      await eventually(() => all.reduce((sum, { inFlight }) => sum + inFlight, 0) === 12);
      expect([all[0]!.inFlight, all[1]!.inFlight]).toEqual([8, 4]);
      await eventually(() => allDecideWith(client, testModel(1), 1), { timeoutMs: 2000 });
      await eventually(
        () => (reportsOf(fake).at(-1)?.workers ?? []).every(({ model }) => model === testModel(1).id),
        { timeoutMs: 2000 },
      );
    });
  });
}
