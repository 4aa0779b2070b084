// Whatever the trainer does, requests are served and steered; what it missed comes with a later report.
import { expect, it } from 'vitest';
import type { EnvoyBinary } from '../../trainer/mesh/envoy/binary.js';
import type { ClientSidecar } from './support/client-sidecar.js';
import { actorConfiguration, REPORT, testModel } from './support/configuration.js';
import { describeWithEnvoy, ENVOY_VERSIONS } from './support/envoy-suite.js';
import { eventually } from './support/eventually.js';
import type { FakeTrainer, Reply } from './support/fake-trainer.js';
import { addresses, sidecar, trainer, upstreams } from './support/parts.js';
import { totals } from './support/received.js';
import { allDecideWith } from './support/workers.js';
import { reportSchema } from '../../trainer/telemetry/report.js';

const GOOD: Reply = { body: { nextMs: 100, proxies: 1, clusters: [] } };
const HTML = '<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>';
const MIB = 1 << 20;

interface Setting {
  readonly client: ClientSidecar;
  readonly configure: (more: object) => object;
  /** Sends, and sees that all are answered and steered away from the slow endpoint. */
  readonly serve: (count?: number) => Promise<void>;
  readonly sent: () => number;
}

async function start(envoy: EnvoyBinary, fake: FakeTrainer): Promise<Setting> {
  const all = await upstreams({ delayMs: 3 }, { delayMs: 60 }, { delayMs: 3 });
  const configure = (more: object): object => actorConfiguration(addresses(all), { report: REPORT, ...more });
  const client = await sidecar({
    envoy,
    endpoints: addresses(all),
    trainerPort: fake.port,
    configuration: configure({}),
    workers: 2,
  });
  let sent = 0;
  const serve = async (count = 80): Promise<void> => {
    const { statuses, byEndpoint } = await client.send(count, { concurrency: 4 });
    sent += count;
    expect(statuses).toEqual(new Map([[200, count]]));
    expect(byEndpoint.get(all[1]!.address) ?? 0).toBeLessThan(count / 6);
  };
  await serve();
  return { client, configure, serve, sent: () => sent };
}

/** What the trainer has taken, that is answered with 200. */
function taken(fake: FakeTrainer) {
  return totals(
    fake.reports.filter(({ status }) => status === 200).map(({ json }) => reportSchema.parse(json)),
  );
}

for (const version of ENVOY_VERSIONS) {
  await describeWithEnvoy(version, (envoy) => {
    it('serves without a trainer from the start, and tells it everything when it comes', async () => {
      const fake = await trainer(GOOD);
      await fake.kill();
      const { client, serve, sent } = await start(envoy, fake);
      await eventually(async () => (await client.stat('wasmcustom.weir.report_failures')) >= 3);
      await serve();
      await fake.restart();
      await eventually(() => taken(fake).served >= sent());
      expect(taken(fake)).toMatchObject({ requests: sent(), chosen: sent(), served: sent() });
      const failures = await client.stat('wasmcustom.weir.report_failures');
      const last = reportSchema.parse(fake.reports.at(-1)?.json);
      expect(last.counters.reportFailures).toBe(failures);
    });

    it('loses no count when the trainer dies and returns', async () => {
      const fake = await trainer(GOOD);
      const { client, serve, sent } = await start(envoy, fake);
      await eventually(() => taken(fake).served >= sent());
      await fake.kill();
      await serve();
      await eventually(async () => (await client.stat('wasmcustom.weir.report_failures')) >= 2);
      await serve();
      await fake.restart();
      await eventually(() => taken(fake).served >= sent());
      expect(taken(fake)).toMatchObject({ requests: sent(), chosen: sent(), served: sent() });
    });

    it('repeats what a trainer did not take', async () => {
      const fake = await trainer({ status: 500, body: HTML });
      const { client, serve, sent } = await start(envoy, fake);
      await eventually(async () => (await client.stat('wasmcustom.weir.report_failures')) >= 3);
      await serve();
      fake.reply(GOOD);
      await eventually(() => taken(fake).served >= sent());
      expect(taken(fake)).toMatchObject({ requests: sent(), served: sent(), latencies: sent() });
      expect(await client.stat('wasmcustom.weir.bad_answers')).toBe(0);
    });

    it.each<[string, string]>([
      ['a page of HTML', HTML],
      ['half an answer', '{"nextMs":100,"clusters":[{"name":"api","endpoints":[{"address":"192.0.2.1:1"}]}'],
      ['no body', ''],
      ['a text with a NUL', 'a\0b'],
      ['an answer of another form', '{"clusters":{"api":[]}}'],
      ['deep brackets', '['.repeat(100_000)],
      ['2 MiB of one answer', JSON.stringify({ nextMs: 100, clusters: [], padding: 'x'.repeat(2 * MIB) })],
    ])('is not moved by %s', async (_name, body) => {
      const fake = await trainer({ body });
      const { client, serve, sent } = await start(envoy, fake);
      await eventually(async () => (await client.stat('wasmcustom.weir.bad_answers')) >= 2);
      await serve();
      expect(await client.stat('wasmcustom.weir.report_failures')).toBe(0);
      // A report with a bad answer has arrived all the same.
      await eventually(() => taken(fake).requests === sent());
      fake.reply(GOOD);
      await serve();
      await eventually(() => taken(fake).requests === sent());
    });

    it('waits for a slow trainer without making a request wait, and gives up after five seconds', async () => {
      const fake = await trainer({ ...GOOD, delayMs: 5500 });
      const { client, serve, sent } = await start(envoy, fake);
      const first = await eventually(() => fake.reports.length);
      const before = performance.now();
      await serve(200);
      expect(performance.now() - before).toBeLessThan(4000);
      expect(fake.reports.length).toBe(first);
      fake.reply(GOOD);
      await eventually(() => client.stat('wasmcustom.weir.report_failures'), { timeoutMs: 8000 });
      const late = (): ReturnType<typeof totals> =>
        totals(fake.reports.slice(first).map(({ json }) => reportSchema.parse(json)));
      // What the first one had said comes again: the filter cannot know that it was read.
      await eventually(() => late().requests === sent());
    });

    it('goes on reporting after a reload in the middle of a report', async () => {
      const fake = await trainer({ ...GOOD, delayMs: 3000 });
      const { client, configure, serve, sent } = await start(envoy, fake);
      const first = await eventually(() => fake.reports.length);
      fake.reply(GOOD);
      await client.publish(configure({ model: testModel(2).base64 }));
      await serve();
      // Not only when the report that nobody waits for any more is given up, after 15 s.
      await eventually(() => fake.reports.length > first + 2, { timeoutMs: 2500 });
      await eventually(() => taken(fake).served >= sent());
    });

    it('tells each request once, also over reloads in the middle of reports', async () => {
      // Nearly always on its way.
      const fake = await trainer({ ...GOOD, delayMs: 80 });
      const { client, configure, serve, sent } = await start(envoy, fake);
      for (let seed = 2; seed <= 5; seed++) {
        const reports = fake.reports.length;
        await eventually(() => fake.reports.length > reports);
        await client.publish(configure({ model: testModel(seed).base64 }));
        await eventually(() => allDecideWith(client, testModel(seed), 2));
        await serve(40);
      }
      await eventually(() => taken(fake).served >= sent());
      const reports = fake.reports.length;
      await eventually(() => fake.reports.length > reports + 2);
      expect(taken(fake)).toMatchObject({ requests: sent(), chosen: sent(), served: sent() });
    });
  });
}
