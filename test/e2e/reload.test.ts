// A new configuration through ECDS, under load: taken over in every worker, or refused as a whole.
import { expect, it } from 'vitest';
import type { ClientSidecar } from './support/client-sidecar.js';
import { actorConfiguration, REPORT, testModel } from './support/configuration.js';
import { DAMAGED_MODELS } from './support/damaged-models.js';
import { describeWithEnvoy, ENVOY_VERSIONS } from './support/envoy-suite.js';
import { eventually } from './support/eventually.js';
import { addresses, sidecar, trainer, upstreams } from './support/parts.js';
import { reportsOf, totals } from './support/received.js';
import { allDecideWith } from './support/workers.js';

const WORKERS = 2;
const FAST = { delayMs: 4 };
const SLOW = { delayMs: 60 };
const RELOADS = 20;

const BAD_CONFIGURATIONS: readonly (readonly [name: string, configuration: object, words: RegExp])[] = [
  ['a list', [], /configuration: expected a JSON object/],
  ['no role', { policy: 'random' }, /role: required/],
  ['an unknown role', { role: 'proxy' }, /role: expected one of client, server, got "proxy"/],
  ['an unknown key', { role: 'client', polcy: 'random' }, /polcy: unknown key/],
  ['an unknown key below another', { role: 'client', ejection: { base: 1 } }, /ejection\.base: unknown key/],
  ['an unknown policy', { role: 'client', policy: 'best' }, /policy: expected one of .*got "best"/],
  [
    'a text for a number',
    { role: 'client', ejection: { baseMs: '1' } },
    /ejection\.baseMs: expected a number/,
  ],
  [
    'a number out of range',
    { role: 'client', weights: { max: 0 } },
    /weights\.max: expected a number from 1/,
  ],
  ['null', { role: 'client', mode: null }, /mode: expected a string/],
  ['no model', { role: 'client' }, /model: required by policy "actor"/],
  ['a candidate without a share', { role: 'client', candidate: {} }, /candidate\.model: required/],
  [
    'a report without a cluster',
    { role: 'client', policy: 'random', report: {} },
    /report\.cluster: required/,
  ],
  ['an endpoint without a port', { role: 'client', endpoints: { api: ['here'] } }, /endpoints.*ip:port/],
];

const REJECTED = 'extension_config_discovery.http_filter.weir_client.update_rejected';

/** Publishes what must be refused; the lines that the filter wrote about it. */
async function refusal(client: ClientSidecar, configuration: object): Promise<string[]> {
  const lines = async (): Promise<string[]> =>
    (await client.log()).split('\n').filter((line) => line.includes('configuration rejected'));
  const rejected = (): Promise<number> => client.stat(REJECTED);
  const [before, known] = [(await lines()).length, await rejected()];
  await client.publish(configuration);
  await eventually(async () => (await rejected()) > known);
  await eventually(async () => (await lines()).length > before);
  return (await lines()).slice(before);
}

for (const version of ENVOY_VERSIONS) {
  await describeWithEnvoy(version, (envoy) => {
    it(`brings a model to every worker ${RELOADS} times under load, and no request fails`, async () => {
      const all = await upstreams(FAST, FAST, SLOW);
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
      const slow = (): number => load.result.byEndpoint.get(all[2]!.address) ?? 0;
      await eventually(() => load.result.latenciesMs.length > 200);
      const before = slow();
      for (let n = 2; n <= RELOADS + 1; n++) {
        await client.publish(configure(n));
        await eventually(() => allDecideWith(client, testModel(n), WORKERS));
      }
      const duringReloads = slow() - before;
      const { statuses, failures, latenciesMs } = await load.stop();
      expect([...statuses.keys(), ...failures.keys()]).toEqual([200]);
      // Estimates that were lost would send two of six requests there after every reload, at the least.
      expect(duringReloads).toBeLessThan(RELOADS);
      await eventually(() => {
        // A report in whose middle a reload comes may come twice: trainer.test.ts.
        const sum = totals(reportsOf(fake));
        expect(sum.requests).toBeGreaterThanOrEqual(latenciesMs.length);
        expect(sum.served).toBeGreaterThanOrEqual(latenciesMs.length);
        expect(sum.fallback).toBe(0);
        return true;
      });
      expect(await client.log()).not.toMatch(/\[error\]|\[critical\]/);
    });

    it('refuses a bad configuration with one line that names the fault, and goes on with the old one', async () => {
      const all = await upstreams(FAST, FAST);
      const table = [all[0]!.address];
      const client = await sidecar({
        envoy,
        endpoints: addresses(all),
        configuration: actorConfiguration(table),
        workers: WORKERS,
      });
      await eventually(() => allDecideWith(client, testModel(), WORKERS));
      const damaged = DAMAGED_MODELS.map(
        ([fault, model, words]) =>
          [`a model that ${fault}`, actorConfiguration(table, { model }), words] as const,
      );
      const candidates = DAMAGED_MODELS.slice(3, 5).map(([fault, model]) => {
        const candidate = { model, share: 0.5 };
        return [
          `a candidate that ${fault}`,
          actorConfiguration(table, { candidate }),
          /candidate\.model: /,
        ] as const;
      });
      const load = client.startLoad({ concurrency: 2 });
      for (const [name, configuration, words] of [...BAD_CONFIGURATIONS, ...damaged, ...candidates]) {
        const lines = await refusal(client, configuration);
        expect(lines, name).toHaveLength(1);
        expect(lines[0], name).toMatch(words);
      }
      expect(await allDecideWith(client, testModel(), WORKERS)).toBe(true);
      await client.publish(actorConfiguration(table, { model: testModel(2).base64 }));
      await eventually(() => allDecideWith(client, testModel(2), WORKERS));
      const { statuses, byEndpoint } = await load.stop();
      expect([...statuses.keys()]).toEqual([200]);
      expect([...byEndpoint.keys()]).toEqual(table);
      expect(await client.stat(REJECTED)).toBe(
        BAD_CONFIGURATIONS.length + damaged.length + candidates.length,
      );
    });

    it('takes the endpoints of a configuration for the only ones', async () => {
      const all = await upstreams(FAST, FAST, FAST);
      const [first, second, third] = addresses(all) as [string, string, string];
      const configuration = actorConfiguration([first, second]);
      const client = await sidecar({ envoy, endpoints: addresses(all), configuration, workers: WORKERS });
      for (const table of [[second, third], [third], [first, second, third]]) {
        await client.publish(actorConfiguration(table));
        await eventually(async () => {
          const { byEndpoint } = await client.send(60, { concurrency: 6 });
          return [...byEndpoint.keys()].sort().join() === [...table].sort().join();
        });
      }
    });

    it('sends its share of the requests to the candidate, and reports it apart', async () => {
      const all = await upstreams(FAST, FAST);
      const fake = await trainer();
      const candidate = { model: testModel(2).base64, share: 0.25 };
      const client = await sidecar({
        envoy,
        endpoints: addresses(all),
        trainerPort: fake.port,
        configuration: actorConfiguration(addresses(all), { candidate, report: REPORT }),
        workers: WORKERS,
      });
      await client.send(400, { concurrency: 4 });
      const requests = (id: string): number =>
        reportsOf(fake)
          .flatMap(({ models }) => models)
          .filter((model) => model.id === id)
          .reduce((sum, model) => sum + model.requests, 0);
      await eventually(() => requests(testModel().id) + requests(testModel(2).id) === 400);
      // Binomial, 400 draws: 100 expected, standard deviation 8.7; five of them on either side.
      expect(Math.abs(requests(testModel(2).id) - 100)).toBeLessThan(44);
    });
  });
}
