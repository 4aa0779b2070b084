// What Weir does once it is installed: callers' Envoys follow it, and nobody else notices.
import { expect, it } from 'vitest';
import { eventually } from '../../../bench/cluster/eventually.js';
import { CLUSTER, HOST, PORT } from '../../../bench/cluster/mesh.js';
import { send } from '../../e2e/support/load.js';
import { failuresOf, startTraffic, sum, type Installed } from '../support/installed.js';

interface Status {
  readonly clusters: readonly {
    readonly name: string;
    readonly proxies: number;
    readonly endpoints: readonly { readonly address: string }[];
  }[];
}

export function steering(installed: () => Installed): void {
  it('steers what the sidecar and the gateway send, away from the slow endpoint', async () => {
    const { mesh, apps, callers } = installed();
    const before = await Promise.all(callers.map((proxy) => sum(proxy, '^wasmcustom\\.weir\\.steered$')));
    const elsewhere = await Promise.all(callers.map((proxy) => sum(proxy, 'weir\\.served_not_chosen$')));
    const traffic = startTraffic(mesh);
    await eventually(() => traffic.requests > 2000, { timeoutMs: 40_000 });
    const result = await traffic.stop();
    expect(failuresOf(result)).toEqual([]);
    for (const [i, proxy] of callers.entries()) {
      expect((await sum(proxy, '^wasmcustom\\.weir\\.steered$')) - before[i]!).toBeGreaterThan(300);
      expect(await sum(proxy, 'weir\\.served_not_chosen$')).toBe(elsewhere[i]);
    }
    const slow = result.byEndpoint.get(apps.at(-1)!.address) ?? 0;
    // Envoy's own balancing gives it a quarter of these and more.
    expect(slow / result.latenciesMs.length).toBeLessThan(0.15);
  });

  it('keeps its headers to itself, and believes none that a client sends', async () => {
    const { mesh, apps } = installed();
    const headers = { host: `${HOST}:${PORT}`, 'x-weir-endpoint': '192.0.2.1:80', 'x-weir-load': 'q=900' };
    expect(failuresOf(await send(mesh.address, 50, { headers }))).toEqual([]);
    for (const { lastHeaders } of apps)
      expect(Object.keys(lastHeaders).filter((name) => name.startsWith('x-weir'))).toEqual([]);
    const answer = await fetch(`http://${mesh.gatewayAddress}/`);
    expect([...answer.headers.keys()].filter((name) => name.startsWith('x-weir'))).toEqual([]);
    // The server role told them its load.
    expect(await sum(mesh.client, 'weir\\.bad_load_headers$')).toBe(0);
  });

  it('reports to the trainer through the mesh', async () => {
    const { mesh, trainer } = installed();
    const cluster = await eventually(async () => {
      const { clusters } = await trainer.get<Status>('/v1/status');
      return clusters.find(({ name, proxies }) => name === CLUSTER && proxies >= 2);
    });
    expect(cluster.endpoints.map(({ address }) => address).sort()).toEqual([...mesh.endpoints].sort());
  });
}
