// Cpu and memory of pods on their way from the metrics API through an API server, under the rights of an installation, to
// everyone who learns from them. The API server, its aggregation, RBAC and kubectl are real.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApiServer } from '../../bench/cluster/api-server.js';
import { eventually } from '../../bench/cluster/eventually.js';
import { podAddress } from '../../bench/cluster/network.js';
import { loadKubeConfig } from '../../trainer/publish/kubernetes/kube-config.js';
import { LiveRecords } from '../../trainer/rollout/live-records.js';
import { joinPods } from '../../trainer/telemetry/pods/join-pods.js';
import { marked } from '../../trainer/telemetry/pods/mark.js';
import { kubernetesPods } from '../../trainer/telemetry/pods/pod-source-kubernetes.js';
import type { Answer } from '../../trainer/telemetry/answer.js';
import type { Status } from '../../trainer/server/status-route.js';
import type { TrainerEvent } from '../../trainer/telemetry/event.js';
import { report, reportBody } from '../unit/telemetry/reports.js';
import { startCluster, weirInstall } from './install/cluster.js';
import { startMetricsServer, type MetricsServer, type PodFigures } from './support/metrics-server.js';
import { startTrainer, type RunningTrainer } from './support/trainer.js';

const SIDECAR = { cpu: '100m', memory: '64Mi' };
/** The second one has limits of twice the first one's. */
const PODS = [1, 2].map((n) => ({
  name: `api-${n}`,
  address: podAddress(n),
  limits: { cpu: `${500 * n}m`, memory: `${256 * n}Mi` },
}));
const [A, B] = PODS.map(({ address }) => `${address}:8080`) as [string, string];
const CLUSTER = 'outbound|80||api.shop.svc.cluster.local';
const using = (name: string, cpu: string, memory: string): PodFigures => ({
  ...{ namespace: 'shop', name },
  usage: { app: { cpu, memory }, 'istio-proxy': SIDECAR },
});

let api: ApiServer;
let metrics: MetricsServer;
let trainer: RunningTrainer;

beforeAll(async () => {
  api = await startCluster('shop', 'weir-system');
  for (const pod of PODS) await createPod(pod);
  metrics = await startMetricsServer(api, podAddress(10), '1s');
  metrics.pods = [using('api-1', '375m', '128Mi'), using('api-2', '250000000n', '131072Ki')];
  const { code, err } = await weirInstall(
    api,
    {
      plugin: { url: 'file:///plugin.wasm' },
      config: {
        learning: { enabled: false },
        resources: { kubernetes: { namespaces: ['shop'], everySeconds: 1 } },
      },
      mesh: [{ namespace: 'shop', services: [{ name: 'api', port: 80 }] }],
    },
    '--kubeconfig',
    api.kubeConfig,
  );
  if (code !== 0) throw new Error(err);
  trainer = await startTrainer(api);
}, 120_000);
afterAll(async () => {
  await trainer?.daemon.stop();
  await metrics?.stop();
  await api?.stop();
});

async function createPod({ name, address, limits }: (typeof PODS)[number]): Promise<void> {
  const proxy = { name: 'istio-proxy', image: 'none', resources: { limits: { cpu: '2', memory: '1Gi' } } };
  const app = { name: 'app', image: 'none', resources: { limits } };
  const metadata = { name, namespace: 'shop' };
  await api.apply({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata },
    spec: { nodeName: 'here', containers: [app, proxy] },
  });
  const status = { phase: 'Running', podIP: address, podIPs: [{ ip: address }] };
  const patch = ['patch', 'pod', name, '--namespace', 'shop', '--subresource=status', '--type=merge'];
  await api.kubectl([...patch, '--patch', JSON.stringify({ status })]);
}

let seq = 0;
/** What a sidecar says and is told; its servers speak of their requests alone, unless a test says otherwise. */
async function tell(servers: Readonly<Record<string, object>> = {}): Promise<Answer['clusters'][number]> {
  const endpoints = Object.fromEntries(
    [A, B].map((address) => [
      address,
      { requests: 1, server: { inFlight: 1, ageMs: 10, ...servers[address] } },
    ]),
  );
  const answer = await trainer.post('/v1/reports', reportBody('sidecar', ++seq, { [CLUSTER]: endpoints }));
  return ((await answer.json()) as Answer).clusters.find(({ name }) => name === CLUSTER)!;
}
const told = async (...how: Parameters<typeof tell>) =>
  (await tell(...how)).endpoints.map(({ cpu, memory }) => [cpu, memory]);
async function shown() {
  const { clusters } = await trainer.get<Status>('/v1/status');
  const endpoints = clusters.find(({ name }) => name === CLUSTER)?.endpoints ?? [];
  return endpoints.map(({ cpu, memory }) => [cpu, memory]);
}
async function events(): Promise<TrainerEvent[]> {
  const response = await fetch(`${trainer.url}/v1/events`, { headers: { accept: 'application/json' } });
  const { events: all } = (await response.json()) as { events: TrainerEvent[] };
  return all.filter(({ kind }) => kind.startsWith('resources.'));
}
const lastEvent = async () => (await events()).at(-1);
const isTold = (kind: string) =>
  eventually(async () => (await lastEvent())?.kind === kind, { timeoutMs: 20_000 });

it('the metrics API is one that kubectl top reads', async () => {
  const text = await api.kubectl(['top', 'pods', '--namespace', 'shop', '--containers', '--no-headers']);
  expect(text).toMatch(/^api-1 +app +375m +128Mi/m);
  expect(text).toMatch(/^api-2 +istio-proxy +100m +64Mi/m);
});

it('shares of limits reach the fleet view, the answers to sidecars and the metrics', async () => {
  await eventually(async () => (await told())[1]![0] !== undefined, { timeoutMs: 20_000 });
  expect(await told()).toEqual([
    [marked(0.75), marked(0.5)],
    [marked(0.25), marked(0.25)],
  ]);
  expect(await shown()).toEqual([
    [0.75, 0.5],
    [0.25, 0.25],
  ]);
  const text = await (await fetch(`${trainer.url}/metrics`)).text();
  expect(text).toContain(`weir_endpoint_cpu{cluster="${CLUSTER}",endpoint="${A}"} 0.75\n`);
  expect(text).toMatch(/^weir_pods 2$/m);
  expect(Number(/^weir_pods_age_seconds (.+)$/m.exec(text)![1])).toBeLessThan(5);
  expect(await events()).toEqual([]);
});

it('what a server says counts first, and what a sidecar hands back never', async () => {
  const [a] = await told({ [A]: { cpu: 0.41, memory: 0.3 } });
  expect(a).toEqual([0.41, 0.3]);
  const back = { cpu: marked(0.1), memory: marked(0.9) };
  expect((await told({ [A]: back }))[0]).toEqual([marked(0.75), marked(0.5)]);
});

it('the records that are learned from have it', async () => {
  const [now, records] = [() => performance.now(), new LiveRecords(Math.random)];
  const config = loadKubeConfig(await api.kubeConfigOf('weir-system', 'weir-trainer'));
  const source = kubernetesPods({
    ...{ config, namespaces: ['shop'], everyMs: 1000, now, wallNow: Date.now },
    events: { emit: (_kind, message) => expect.unreachable(message) },
  });
  try {
    await eventually(async () => source.pods(now()) === 2, { timeoutMs: 20_000 });
    const model = '0'.repeat(32);
    const sample = {
      ...{ cluster: CLUSTER, endpoints: 2, action: 0, probability: 0.5, latencyMs: 1, error: false, model },
      ...{ features: Buffer.alloc(48).toString('base64'), context: Buffer.alloc(8).toString('base64') },
    };
    const one = report('sidecar', 1, { [CLUSTER]: { [A]: {}, [B]: {} } }, { samples: [sample] });
    joinPods(one, source, now());
    records.add(one, now());
    expect(records.of(model, now())).toMatchObject([{ cpuAbove: 0.25, memoryAbove: 0.125 }]);
  } finally {
    source.close();
  }
});

it('the rights are to list pods and their metrics where it was asked for, and no more', async () => {
  const kubeConfig = await api.kubeConfigOf('weir-system', 'weir-trainer');
  const get = (...args: string[]) => api.kubectl(['get', ...args, '--kubeconfig', kubeConfig]);
  await get('pods', '-n', 'shop');
  await get('pods.metrics.k8s.io', '-n', 'shop');
  for (const refused of [['-n', 'weir-system'], ['-A']])
    for (const what of ['pods', 'pods.metrics.k8s.io'])
      await expect(get(what, ...refused)).rejects.toThrow(/cannot list resource "pods"/);
  await expect(get('pod/api-1', '-n', 'shop')).rejects.toThrow(/cannot get resource "pods"/);
});

it('figures that cannot be read are left out and told of', async () => {
  metrics.pods = [using('api-1', 'plenty', '128Mi'), metrics.pods[1]!];
  await isTold('resources.pods-away');
  expect((await lastEvent()).message).toMatch(/pod shop\/api-1: "plenty" is not a quantity/);
  expect((await told())[1]).toEqual([marked(0.25), marked(0.25)]);
  metrics.pods = [using('api-1', '375m', '128Mi'), metrics.pods[1]!];
  await isTold('resources.pods-back');
});

it('without the right the trainer says so once, and reports are answered all the same', async () => {
  const role = await api.kubectl(['get', 'role', 'weir-trainer', '-n', 'shop', '-o', 'json']);
  await api.kubectl(['delete', 'role', 'weir-trainer', '-n', 'shop']);
  await isTold('resources.kubernetes-away');
  const { message } = await lastEvent();
  const refused =
    /: 403 .*system:serviceaccount:weir-system:weir-trainer.*let the trainer's service account list/;
  for (const part of message.split('; ')) expect(part).toMatch(refused);
  expect(message).toMatch(/pods\.metrics\.k8s\.io of namespace shop: .*; pods of namespace shop: /);
  expect((await tell()).endpoints).toHaveLength(2);
  const { metadata, ...rest } = JSON.parse(role) as { metadata: { labels: object } };
  await api.apply({
    ...rest,
    metadata: { name: 'weir-trainer', namespace: 'shop', labels: metadata.labels },
  });
  await isTold('resources.kubernetes-back');
});

it('without the metrics API what is known goes, from sidecars too, and comes back with it', async () => {
  await metrics.stop();
  await isTold('resources.kubernetes-away');
  expect((await lastEvent()).message).toMatch(/: 503 .*see kubectl get apiservice/);
  // A sidecar that has something is told to forget it, once that is too old for the trainer.
  const back = { cpu: marked(0.75), memory: marked(0.5) };
  await eventually(async () => (await told({ [A]: back }))[0]![0] === 0, { timeoutMs: 20_000 });
  expect((await told({ [A]: back }))[0]).toEqual([0, 0]);
  expect((await shown())[0]).toEqual([undefined, undefined]);
  const count = (await events()).length;
  metrics = await startMetricsServer(api, podAddress(11), '1s');
  metrics.pods = [using('api-1', '375m', '128Mi')];
  await isTold('resources.kubernetes-back');
  expect((await events()).length).toBe(count + 1);
  expect((await told())[0]).toEqual([marked(0.75), marked(0.5)]);
}, 90_000);

it('where there is no metrics API at all the trainer says what to install', async () => {
  await api.kubectl(['delete', 'apiservice', 'v1beta1.metrics.k8s.io']);
  await isTold('resources.kubernetes-away');
  expect((await lastEvent()).message).toMatch(/: 404 .*install metrics-server/);
});
