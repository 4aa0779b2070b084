// The engine with real Envoys and a stub in place of the filter: what surrounds the filter, not the filter.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { EnvoyEngine } from '../../../trainer/mesh/envoy/engine.js';
import { startClientSidecar, type ClientSidecar } from '../../e2e/support/client-sidecar.js';
import { describeWithEnvoy, ENVOY_VERSIONS } from '../../e2e/support/envoy-suite.js';
import { eventually } from '../../e2e/support/eventually.js';
import { buildStubPlugin } from '../../e2e/support/stub-plugin.js';
import { startUpstreams, type Upstream } from '../../e2e/support/upstream.js';

let folder: string;
let plugin: string;
let upstreams: Upstream[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-engine-'));
  plugin = join(folder, 'stub.wasm');
  await buildStubPlugin(plugin);
  upstreams = await startUpstreams(3);
});
afterAll(async () => {
  await Promise.all(upstreams.map((upstream) => upstream.kill()));
  await rm(folder, { recursive: true, force: true });
});

const address = (n: number): string => upstreams[n]!.address;
const OK = new Map([[200, 60]]);

for (const version of ENVOY_VERSIONS) {
  await describeWithEnvoy(version, (envoy) => {
    let client: ClientSidecar | undefined;
    afterEach(async () => {
      await client?.stop();
      await Promise.all(upstreams.map((upstream) => upstream.restart()));
    });
    const start = async (more: object = {}): Promise<ClientSidecar> =>
      (client = await startClientSidecar({
        envoy,
        plugin,
        endpoints: upstreams.map((upstream) => upstream.address),
        configuration: { v: 1 },
        ...more,
      }));
    /** The configuration that each of many connections meets, hence the one of each worker. */
    const seen = async ({ address }: ClientSidecar): Promise<string[]> => {
      const answers = await Promise.all(
        Array.from({ length: 16 }, () => fetch(`http://${address}/`, { headers: { connection: 'close' } })),
      );
      return [
        ...new Set(answers.map((answer) => `${answer.status} ${answer.headers.get('x-stub-configuration')}`)),
      ];
    };

    it('sends a request to the host that the header names, and no header to the host', async () => {
      const { send } = await start();
      const { byEndpoint } = await send(60, { headers: { 'x-weir-endpoint': address(1) } });
      expect(byEndpoint).toEqual(new Map([[address(1), 60]]));
      expect(upstreams[1]?.lastHeaders).not.toHaveProperty('x-weir-endpoint');
    });

    it('retries on the next host of the list when the first one is dead', async () => {
      const { send, stat } = await start();
      await upstreams[0]?.kill();
      const list = `${address(0)},${address(2)},${address(1)}`;
      const { byEndpoint, statuses } = await send(60, {
        method: 'POST',
        headers: { 'x-weir-endpoint': list },
      });
      expect(statuses).toEqual(OK);
      expect(byEndpoint).toEqual(new Map([[address(2), 60]]));
      expect(await stat('cluster.api.upstream_rq_retry_success')).toBe(60);
    });

    it.each([
      ['no header', undefined],
      ['an unknown host', '10.9.8.7:80'],
      ['garbage', ',,:;no host'],
      ['a dead host alone', 'dead'],
    ])('leaves the choice to Envoy on %s, without an error', async (_name, header) => {
      const { send } = await start();
      await upstreams[0]?.kill();
      const value = header === 'dead' ? address(0) : header;
      const { byEndpoint, statuses } = await send(60, value ? { headers: { 'x-weir-endpoint': value } } : {});
      expect(statuses).toEqual(OK);
      expect([...byEndpoint.keys()].sort()).toEqual([address(1), address(2)].sort());
    });

    it.each([
      ['answers 503', { status: 503 }],
      ['hangs up', { reset: true }],
    ])(
      'does not retry a request that the application has seen, even if that %s',
      async (_name, behaviour) => {
        const { send } = await start();
        upstreams[0]?.behave(behaviour);
        const before = upstreams[0]!.requests;
        const list = `${address(0)},${address(1)}`;
        const { statuses } = await send(10, { headers: { 'x-weir-endpoint': list } });
        upstreams[0]?.behave({});
        expect(statuses).toEqual(new Map([[503, 10]]));
        expect(upstreams[0]!.requests - before).toBe(10);
      },
    );

    it('brings a new configuration to every worker, with no request lost', async () => {
      const running = await start({ workers: 2 });
      expect(await seen(running)).toEqual(['200 {"v":1}']);
      const load = running.startLoad({ concurrency: 4 });
      for (let v = 2; v <= 12; v++) {
        await running.publish({ v });
        await eventually(async () => (await seen(running)).join() === `200 {"v":${v}}`);
      }
      const { statuses, failures } = await load.stop();
      expect([...statuses.keys()]).toEqual([200]);
      expect(failures.size).toBe(0);
    });

    it('ends with the last of many configurations in a row', async () => {
      const running = await start({ workers: 2 });
      await Promise.all(Array.from({ length: 30 }, (_, v) => running.publish({ v })));
      await eventually(async () => (await seen(running)).join() === '200 {"v":29}');
    });

    it('keeps the old configuration when the plugin refuses the new one', async () => {
      const running = await start({ workers: 2 });
      await running.publish({ refuse: true });
      const rejected = 'extension_config_discovery.http_filter.weir_client.update_rejected';
      await eventually(() => running.stat(rejected));
      expect(await seen(running)).toEqual(['200 {"v":1}']);
    });

    it('does not start when the first configuration is refused, and says whose', async () => {
      await expect(start({ configuration: { refuse: 1 } })).rejects.toThrow(
        /client-0 refused the configuration of role client: .*Unable to create Wasm plugin/,
      );
    });

    it('serves on with a fresh VM after a trap', async () => {
      const { send } = await start();
      expect((await send(1, { headers: { 'x-stub-trap': '1' } })).statuses).toEqual(new Map([[503, 1]]));
      await eventually(async () => (await send(1)).statuses.has(200), { timeoutMs: 2000 });
      expect((await send(60)).statuses).toEqual(OK);
    });

    it('takes requests for the application behind it', async () => {
      const { sidecar } = await start({ appPort: upstreams[0]!.port });
      const answer = await fetch(`http://${sidecar.inbound}/`);
      expect(answer.headers.get('x-served-by')).toBe(address(0));
    });

    it('spreads over every endpoint by a policy of Envoy, without the filter', async () => {
      const { send, address: outbound } = await start({ balancing: 'round_robin' });
      const { byEndpoint } = await send(60, { concurrency: 1, headers: { 'x-weir-endpoint': address(1) } });
      expect([...byEndpoint.values()]).toEqual([20, 20, 20]);
      expect((await fetch(`http://${outbound}/`)).headers.has('x-stub-configuration')).toBe(false);
    });

    it('stays on an endpoint for a hash key with ring_hash', async () => {
      const { send } = await start({ balancing: 'ring_hash' });
      const used = new Set<string>();
      for (let user = 0; user < 20; user++) {
        const { byEndpoint } = await send(5, { headers: { 'x-hash-key': `user-${user}` } });
        expect(byEndpoint.size).toBe(1);
        for (const endpoint of byEndpoint.keys()) used.add(endpoint);
      }
      expect(used.size).toBe(3);
    });

    it('prefers what reports less utilisation with client_side_weighted_round_robin', async () => {
      const metrics = (cpu: number): object => ({
        headers: { 'endpoint-load-metrics': `TEXT cpu_utilization=${cpu}, rps_fractional=100` },
      });
      upstreams.forEach((upstream, n) => upstream.behave(metrics(n === 0 ? 0.9 : 0.1)));
      const { send } = await start({ balancing: 'client_side_weighted_round_robin' });
      // Weights 1 : 9 : 9 give the first endpoint 3 of 60, even ones 20.
      await eventually(async () => ((await send(60)).byEndpoint.get(address(0)) ?? 0) < 8);
      for (const upstream of upstreams) upstream.behave({});
    });

    it('tells its memory, and why it ended', async () => {
      const { sidecar, files } = await start();
      expect(sidecar.residentBytes()).toBeGreaterThan(20e6);
      await sidecar.stop();
      expect(await sidecar.ended).toBe('stopped');
      expect(sidecar.residentBytes()).toBe(0);
      const engine = new EnvoyEngine(envoy, { ...files, clientConfig: join(folder, 'nowhere.json') });
      const spec = { id: 'x', workers: 1, outbound: [], trainerPort: 9, balancing: 'weir' } as const;
      await expect(engine.start(spec)).rejects.toThrow(/sidecar x cannot start: .*nowhere.json is missing/);
    });

    it('says what Envoy said when it does not start', async () => {
      const broken = join(folder, 'broken-envoy');
      await writeFile(broken, `#!/bin/sh\nexec ${envoy.path} --no-such-flag\n`, { mode: 0o755 });
      await expect(start({ envoy: { ...envoy, path: broken } })).rejects.toThrow(
        /did not start: .*no-such-flag/,
      );
    });
  });
}
