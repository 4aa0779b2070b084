// deploy/example as its README walks through it, from a clone to steering and on to the removal, on a cluster of one node.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../bench/cluster/eventually.js';
import { testModel } from '../e2e/support/configuration.js';
import { EXAMPLE } from '../unit/example/manifests.js';
import { openShell, type Shell } from './example/shell.js';
import { SUBSTITUTES, addressOf } from './example/substitutes.js';
import { slowForFast, startLoad, steeredShare, summaryIn } from './example/traffic.js';
import { commandsOf, createWalk, type Walk } from './example/walk.js';
import { liveConfig } from './install/cluster.js';
import { startCluster, type Cluster } from './node/cluster.js';

const README = readFileSync(join(EXAMPLE, 'README.md'), 'utf8');
const SECTIONS = commandsOf(README);
const TO_STEERING = ['Bring up the shop, and see how Envoy balances it', 'Install Weir'] as const;
const PATIENCE = { timeoutMs: 40_000 };

let cluster: Cluster;
let shell: Shell;
let walk: Walk;
beforeAll(async () => {
  cluster = await startCluster();
  shell = openShell(cluster.api.kubeConfig);
  walk = createWalk(SECTIONS, shell, cluster);
}, 180_000);
afterAll(async () => {
  shell?.close();
  await cluster?.stop();
});

const trainer = () => `http://${addressOf(cluster, 'weir-system/weir-trainer')}:7070`;
const get = async <T>(path: string) => (await (await fetch(trainer() + path)).json()) as T;
const steers = () => eventually(async () => (await steeredShare(cluster)) > 0.5, PATIENCE);
const processes = () =>
  cluster
    .pods('bookinfo/')
    .filter(({ labels }) => labels['app'] !== 'load')
    .map(({ name, container }) => [name, container!.pid, container!.hasEnded]);

let byEnvoy: number;

it('says how many commands lead to steering', () => {
  const [, count] = /(\d+) commands/.exec(README) ?? [];
  expect(TO_STEERING.flatMap((heading) => SECTIONS.get(heading))).toHaveLength(Number(count));
});

it('begins with figures from the simulator', async () => {
  expect(await walk.section('Without a cluster')).toMatch(/actor .*least-request .*round-robin /s);
}, 120_000);

it('brings up the shop, which serves by Envoy alone', async () => {
  byEnvoy = await slowForFast(cluster, async () => {
    expect(summaryIn(await walk.section(TO_STEERING[0])).answered).toBeGreaterThan(1000);
  });
  expect(processes()).toHaveLength(14);
}, 180_000);

it('installs Weir under load: no request fails, no process of the shop is restarted, and it steers', async () => {
  const before = processes();
  const traffic = await startLoad(shell);
  await walk.section(TO_STEERING[1]);
  await steers();
  const { answered, errors } = await traffic.stop();
  expect(errors).toBe(0);
  expect(answered).toBeGreaterThan(500);
  expect(processes()).toEqual(before);
}, 240_000);

interface Status {
  readonly clusters: readonly {
    readonly name: string;
    readonly proxies: number;
    readonly endpoints: readonly { readonly address: string }[];
  }[];
}

it('gives the slowest version less than its share, and shows it', async () => {
  let output = '';
  const byWeir = await slowForFast(cluster, async () => (output = await walk.section('See it')));
  expect(summaryIn(output).errors).toBe(0);
  // A third as fast; an even share is 1.
  expect(byWeir).toBeLessThan(0.4);
  expect(byWeir).toBeLessThan(0.8 * byEnvoy);
  expect(JSON.parse(output.trim().split('\n').at(-1))).toMatchObject({ service: 'productpage-v1' });
  const { clusters } = await get<Status>('/v1/status');
  const reviews = clusters.find(({ name }) => name === 'outbound|9080||reviews.bookinfo.svc.cluster.local')!;
  expect(reviews.proxies).toBeGreaterThanOrEqual(2);
  const addresses = cluster.pods('bookinfo/reviews').map(({ network }) => `${network.address}:9080`);
  expect(reviews.endpoints.map(({ address }) => address).sort()).toEqual(addresses.sort());
}, 180_000);

it('stops steering by one command, and goes on by another', async () => {
  const traffic = await startLoad(shell);
  const [off, on] = SECTIONS.get('Compare')!;
  await walk.step(off!);
  await eventually(async () => (await steeredShare(cluster)) === 0, PATIENCE);
  await walk.step(on!);
  await steers();
  expect((await traffic.stop()).errors).toBe(0);
}, 180_000);

it('takes back a model that the trainer published with the rights of its pod', async () => {
  const { pid } = cluster.pods('weir-system/weir-trainer')[0]!.container!;
  const token = (await readFile(`/proc/${pid}/root/var/lib/weir/token`, 'utf8')).trim();
  const answer = await fetch(`${trainer()}/v1/models`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ model: testModel(7).base64, force: true, by: 'a test' }),
  });
  expect(answer.status).toBe(201);
  await eventually(async () => 'candidate' in (await liveConfig(cluster.api, 'bookinfo')), PATIENCE);
  expect(await walk.section('Roll back')).toMatch(/^model \w{32} serves\n$/);
  await eventually(async () => !('candidate' in (await liveConfig(cluster.api, 'bookinfo'))), PATIENCE);
}, 120_000);

it('leaves nothing behind', async () => {
  await walk.section('Remove');
  expect(await shell.run('kubectl get namespaces -o name')).not.toMatch(/bookinfo|weir-system/);
  await eventually(() => cluster.pods('').every(({ name }) => name.startsWith('istio-ingressgateway')));
}, 120_000);

it('has no command that is left out here, and no substitute for what it does not say', () => {
  expect(walk.walked).toEqual([...SECTIONS.values()].flat());
  expect(SUBSTITUTES.filter((substitute) => !walk.used.has(substitute))).toEqual([]);
});
