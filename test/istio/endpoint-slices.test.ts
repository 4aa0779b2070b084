// Endpoints of clusters from a real API server, with no more rights than the installation grants.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApiServer } from '../../bench/cluster/api-server.js';
import { eventually } from '../../bench/cluster/eventually.js';
import { endpointSlice } from '../../bench/cluster/pod.js';
import { reportBody } from '../unit/telemetry/reports.js';
import type { Answer } from '../../trainer/telemetry/answer.js';
import { startCluster, weirInstall } from './install/cluster.js';
import { startTrainer, type RunningTrainer } from './support/trainer.js';

const CATALOG = { namespace: 'shop', name: 'catalog' };
const CLUSTER = 'outbound|8080||catalog.shop.svc.cluster.local';
const VALUES = {
  plugin: { url: 'oci://registry.example/weir/plugin:0.1.0' },
  mesh: [{ namespace: 'shop', services: [{ name: 'catalog', port: 8080 }] }],
  config: {
    endpoints: {
      kubernetes: {
        namespace: 'shop',
        labelSelector: 'balanced!=no',
        cluster: 'outbound|{port}||{service}.{namespace}.svc.cluster.local',
      },
    },
    learning: { enabled: false },
  },
};

let api: ApiServer;
let trainer: RunningTrainer;
beforeAll(async () => {
  api = await startCluster('shop', 'warehouse');
  expect(await weirInstall(api, VALUES)).toMatchObject({ code: 0, err: '' });
  await api.apply(endpointSlice(CATALOG, 8080, ['10.0.0.1', '10.0.0.2']));
  trainer = await startTrainer(api);
}, 120_000);
afterAll(async () => {
  await trainer?.daemon.stop();
  await api?.stop();
});

let seq = 0;
/** What a sidecar that asks is told. */
async function told(): Promise<readonly string[] | undefined> {
  const body = reportBody('sidecar', (seq += 1), { [CLUSTER]: { '10.0.0.9:8080': { requests: 1 } } });
  const answer = (await (await trainer.post('/v1/reports', body)).json()) as Answer;
  return answer.clusters.find(({ name }) => name === CLUSTER)?.endpoints.map(({ address }) => address);
}

const tells = (...addresses: readonly string[]) =>
  eventually(async () => JSON.stringify(await told()) === JSON.stringify(addresses), { timeoutMs: 20_000 });

interface Conditions {
  readonly ready: boolean;
  readonly serving?: boolean;
  readonly terminating?: boolean;
}

/** The slice with these, as its controller writes it. */
const slice = (endpoints: Readonly<Record<string, Conditions>>) =>
  api.apply({
    ...endpointSlice(CATALOG, 8080, []),
    endpoints: Object.entries(endpoints).map(([ip, conditions]) => ({ addresses: [ip], conditions })),
  });

it('knows what is there when it starts', () => tells('10.0.0.1:8080', '10.0.0.2:8080'));

it('follows pods that come, are not ready, and end', async () => {
  const ending = { ready: false, serving: true, terminating: true };
  await slice({ '10.0.0.1': { ready: true }, '10.0.0.2': { ready: false }, '10.0.0.3': { ready: true } });
  await tells('10.0.0.1:8080', '10.0.0.3:8080');
  await slice({ '10.0.0.1': ending, '10.0.0.3': ending, '10.0.0.4': { ready: true } });
  await tells('10.0.0.4:8080');
  await slice({ '10.0.0.4': ending, '10.0.0.5': { ready: false } });
  await tells('10.0.0.4:8080');
});

it('adds up the slices of a service, and leaves out what the selector does', async () => {
  await slice({ '10.0.0.1': { ready: true } });
  const more = endpointSlice(CATALOG, 8080, ['10.0.0.6']) as { metadata: { labels: object } };
  const named = (name: string, labels: object) => ({
    ...more,
    metadata: { ...more.metadata, name, labels: { ...more.metadata.labels, ...labels } },
  });
  await api.apply(named('catalog-2', {}));
  await tells('10.0.0.1:8080', '10.0.0.6:8080');
  await api.kubectl(['label', 'endpointslice', 'catalog-2', '-n', 'shop', 'balanced=no']);
  await tells('10.0.0.1:8080');
  await api.kubectl(['delete', 'endpointslice', 'catalog-2', '-n', 'shop']);
});

it('keeps the table while the API server is killed, and follows it afterwards', async () => {
  await api.daemon.kill('SIGKILL');
  await eventually(async () => (await trainer.daemon.log()).includes('endpoints.kubernetes-away'));
  expect(await told()).toEqual(['10.0.0.1:8080']);
  await api.daemon.restart();
  await slice({ '10.0.0.7': { ready: true } });
  await tells('10.0.0.7:8080');
  expect(await trainer.daemon.log()).toContain('endpoints.kubernetes-back');
});

it('says which right it lacks', async () => {
  await api.kubectl(['delete', 'rolebinding', 'weir-trainer', '-n', 'shop']);
  await api.daemon.kill('SIGKILL');
  await api.daemon.restart();
  await eventually(
    async () =>
      /cannot list resource .*endpointslices.* in the namespace .*shop/.test(await trainer.daemon.log()),
    { timeoutMs: 60_000 },
  );
  expect(await told()).toEqual(['10.0.0.7:8080']);
});
