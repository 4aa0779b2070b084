// Where Envoy does not follow the filter, it balances by itself; nobody's request fails, and a metric says so.
import { expect, it } from 'vitest';
import { eventually } from '../../../bench/cluster/eventually.js';
import { CLUSTER, HOST, NAMESPACE } from '../../../bench/cluster/mesh.js';
import { failuresOf, startTraffic, sum, type Installed } from '../support/installed.js';

const elsewhere = ({ mesh }: Installed) => sum(mesh.client, 'weir\\.served_not_chosen$');

/** Until chosen endpoints are served, or are not, of the requests of a while. */
async function follows(all: Installed, isFollowed: boolean, sent: () => number): Promise<void> {
  await eventually(
    async () => {
      const before = await elsewhere(all);
      const from = sent();
      await eventually(() => sent() > from + 200, { timeoutMs: 20_000 });
      return ((await elsewhere(all)) === before) === isFollowed;
    },
    { timeoutMs: 60_000 },
  );
}

export function fallback(installed: () => Installed): void {
  it('balances as Envoy does without the EnvoyFilter, and counts it', async () => {
    const all = installed();
    const { mesh, trainer } = all;
    const traffic = startTraffic(mesh);
    await mesh.api.kubectl(['delete', 'envoyfilter', 'weir', '--namespace', NAMESPACE]);
    await follows(all, false, () => traffic.requests);
    await eventually(async () => {
      const metrics = await (await fetch(`${trainer.url}/metrics`)).text();
      const line = metrics
        .split('\n')
        .find((text) => text.startsWith('weir_cluster_served_not_chosen_total'));
      return line?.includes(CLUSTER) && Number(line.split(' ').at(-1)) > 50;
    });
    await all.install();
    await follows(all, true, () => traffic.requests);
    expect(failuresOf(await traffic.stop())).toEqual([]);
  }, 180_000);

  it('keeps its cluster where Envoy rejects the EnvoyFilter, and counts that', async () => {
    const all = installed();
    const { mesh } = all;
    const rejected = () => sum(mesh.client, '^cluster_manager\\.cds\\.update_rejected$');
    const before = await rejected();
    const traffic = startTraffic(mesh);
    await mesh.api.apply({
      ...{ apiVersion: 'networking.istio.io/v1alpha3', kind: 'EnvoyFilter' },
      metadata: { name: 'broken', namespace: NAMESPACE },
      spec: {
        // After the one of the installation.
        priority: 10,
        configPatches: [
          {
            applyTo: 'CLUSTER',
            match: { context: 'SIDECAR_OUTBOUND', cluster: { service: HOST } },
            // Envoy wants a timeout above zero here.
            patch: { operation: 'MERGE', value: { connect_timeout: '-1s' } },
          },
        ],
      },
    });
    await eventually(async () => (await rejected()) > before);
    await follows(all, true, () => traffic.requests);
    await mesh.api.kubectl(['delete', 'envoyfilter', 'broken', '--namespace', NAMESPACE]);
    expect(failuresOf(await traffic.stop())).toEqual([]);
  }, 120_000);
}
