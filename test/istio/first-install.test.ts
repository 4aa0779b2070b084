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

it('no request fails while it comes, nor while it goes', async () => {
  const traffic = startTraffic(mesh);
  expect(await weirInstall(mesh.api, VALUES)).toMatchObject({ code: 0, err: '' });
  await eventually(() => each((proxy) => deciding(proxy)), PATIENCE);
  await eventually(() => each(async (proxy) => (await draining(proxy)) === 0), PATIENCE);
  expect(await each(async (proxy) => (await toldToClose(proxy)) > 0)).toBe(true);

  const ours = ['envoyfilters,wasmplugins', '--all-namespaces', '-l', 'app.kubernetes.io/part-of=weir'];
  await mesh.api.kubectl(['delete', ...ours]);
  await eventually(() => each(async (proxy) => (await draining(proxy)) > 0), PATIENCE);
  await eventually(() => each(async (proxy) => (await draining(proxy)) === 0), PATIENCE);
  const result = await traffic.stop();
  expect(failuresOf(result)).toEqual([]);
  expect(result.statuses.get(200)).toBeGreaterThan(1000);
}, 300_000);
