// Weir comes into Envoys that serve, and goes: their filter chains are replaced, and the connections to the old ones drain.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../bench/cluster/eventually.js';
import { NAMESPACE, PORT, SERVICE, startMesh, type Mesh } from '../../bench/cluster/mesh.js';
import type { Proxy } from '../../bench/cluster/proxy.js';
import { packageRoot } from '../../trainer/cli/package-root.js';
import { startUpstreams, type Upstream } from '../e2e/support/upstream.js';
import { weirInstall } from './install/cluster.js';
import { deciding, failuresOf, startTraffic, sum } from './support/installed.js';

const VALUES = {
  plugin: { url: `file://${packageRoot}/build/plugin.wasm` },
  mesh: [{ namespace: NAMESPACE, services: [{ name: SERVICE, port: PORT }] }],
};
/** Envoy tells a busy connection to close at some answer within this time, and cuts it at the end: one second is too short. */
const DRAIN_SECONDS = 10;
const PATIENCE = { timeoutMs: 60_000 };

let apps: readonly Upstream[];
let mesh: Mesh;
let callers: readonly Proxy[];
beforeAll(async () => {
  apps = await startUpstreams(3, { delayMs: 4 });
  const ports = apps.map(({ port }) => port);
  mesh = await startMesh({ apps: ports, workers: 2, hasGateway: true, drainSeconds: DRAIN_SECONDS });
  callers = [mesh.client, mesh.gateway!];
  // Until both have their routes.
  const first = startTraffic(mesh);
  await eventually(() => first.requests > 1000, PATIENCE);
  await first.stop();
}, 180_000);
afterAll(async () => {
  await mesh?.stop();
  await Promise.all((apps ?? []).map((app) => app.kill()));
});

const each = async (of: (proxy: Proxy) => Promise<boolean>): Promise<boolean> =>
  (await Promise.all(callers.map(of))).every(Boolean);
const draining = (proxy: Proxy) => sum(proxy, 'total_(filter_chains|listeners)_draining$');
const toldToClose = (proxy: Proxy) => sum(proxy, '^http\\.outbound.*downstream_cx_drain_close$');

const OURS = ['--all-namespaces', '-l', 'app.kubernetes.io/part-of=weir'];

it('no request fails while it comes, while it changes over to TrafficExtensions, nor while it goes', async () => {
  const drained = () => eventually(() => each(async (proxy) => (await draining(proxy)) === 0), PATIENCE);
  const traffic = startTraffic(mesh);
  expect(await weirInstall(mesh.api, VALUES)).toMatchObject({ code: 0, err: '' });
  await eventually(() => each((proxy) => deciding(proxy)), PATIENCE);
  await drained();
  expect(await each(async (proxy) => (await toldToClose(proxy)) > 0)).toBe(true);

  const changed = { ...VALUES, plugin: { ...VALUES.plugin, resource: 'TrafficExtension' } };
  expect(await weirInstall(mesh.api, changed)).toMatchObject({ code: 0, err: '' });
  await mesh.api.kubectl(['delete', 'wasmplugins', ...OURS]);
  await eventually(() => each(hasChangedOver), PATIENCE);
  await drained();
  expect(await each((proxy) => deciding(proxy))).toBe(true);

  await mesh.api.kubectl(['delete', 'envoyfilters,trafficextensions', ...OURS]);
  await eventually(() => each(async (proxy) => (await draining(proxy)) > 0), PATIENCE);
  await drained();
  const result = await traffic.stop();
  expect(failuresOf(result)).toEqual([]);
  expect(result.statuses.get(200)).toBeGreaterThan(1000);
}, 300_000);

/** Whether the filter comes by the TrafficExtension, and by it alone. */
async function hasChangedOver(proxy: Proxy): Promise<boolean> {
  const dump = JSON.stringify(await proxy.admin('/config_dump?resource=ecds_filters'));
  const names = [...dump.matchAll(/trafficextension\/[\w.-]+weir-client[\w~-]*/g)].map(([name]) => name);
  return names.length > 0 && names.every((name) => !name.includes('wasmplugin'));
}
