// Two real trainers at a real API server, with the rights of an installation: the Lease decides which one leads.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { ApiServer } from '../../bench/cluster/api-server.js';
import { eventually } from '../../bench/cluster/eventually.js';
import { TRAINER } from '../../bench/cluster/mesh.js';
import { testModel, type TestModel } from '../e2e/support/configuration.js';
import { liveConfig, startCluster, weirInstall } from './install/cluster.js';
import { startTrainer, type RunningTrainer, type TrainerOptions } from './support/trainer.js';

const LEASE_SECONDS = 6;
const durations = {
  ...{ leaseDurationSeconds: LEASE_SECONDS, renewDeadlineSeconds: 4, retryPeriodSeconds: 0.5 },
};
const PLACE = ['--namespace', TRAINER.namespace];

let api: ApiServer;
let trainers: RunningTrainer[] = [];
beforeAll(async () => {
  api = await startCluster('shop');
  const { code, err } = await weirInstall(api, {
    plugin: { url: 'oci://registry.example/weir/plugin:0.1.0' },
    config: { learning: { enabled: false } },
    mesh: [{ namespace: 'shop', services: [{ name: 'api', port: 80 }] }],
  });
  expect(code, err).toBe(0);
}, 120_000);
afterEach(async () => {
  await Promise.all(trainers.map(({ daemon }) => daemon.stop()));
  trainers = [];
});
afterAll(() => api?.stop());

async function start(options: TrainerOptions = {}): Promise<RunningTrainer> {
  const address = `127.0.0.${trainers.length + 1}`;
  const trainer = await startTrainer(api, { ready: '/healthz', ...options, address, durations });
  trainers.push(trainer);
  return trainer;
}

async function leaderAndFollower(options?: TrainerOptions): Promise<[RunningTrainer, RunningTrainer]> {
  const leader = await start(options);
  await eventually(() => leads(leader));
  const follower = await start(options);
  await eventually(() => says(follower, 'this process waits'));
  expect(await leads(follower)).toBe(false);
  return [leader, follower];
}

const leads = async ({ url }: RunningTrainer): Promise<boolean> => (await fetch(`${url}/v1/rollout`)).ok;
const says = async ({ daemon }: RunningTrainer, words: string) => (await daemon.log()).includes(words);
const count = async ({ daemon }: RunningTrainer, kind: string) =>
  (await daemon.log()).split(`"kind":"${kind}"`).length - 1;
const forced = ({ base64 }: TestModel) => ({ model: base64, force: true, by: 'a test' });
const candidate = async () => (await liveConfig(api, 'shop'))['candidate'] as { model: string } | undefined;

async function publishes(trainer: RunningTrainer, model: TestModel): Promise<void> {
  expect((await trainer.post('/v1/models', forced(model))).status).toBe(201);
  await eventually(async () => (await candidate())?.model === model.base64);
}

async function lease(): Promise<Record<string, unknown>> {
  const text = await api.kubectl(['get', 'lease', TRAINER.name, ...PLACE, '-o', 'json']);
  return (JSON.parse(text) as { spec: Record<string, unknown> }).spec;
}

/** Of the published filter, once it has been told of: nobody writes to it any more by itself. */
async function version(model: TestModel): Promise<string> {
  const get = ['get', 'wasmplugin', 'weir-client', '--namespace', 'shop', '-o'];
  await eventually(async () =>
    (await api.kubectl([...get, 'jsonpath={.status.conditions}'])).includes(model.id),
  );
  return api.kubectl([...get, 'jsonpath={.metadata.resourceVersion}']);
}

it('lets one of two with a folder each lead, and the other one once the first is killed', async () => {
  const [first, second] = await leaderAndFollower();
  const { holderIdentity, leaseTransitions } = await lease();
  expect(await api.kubectl(['get', 'lease', ...PLACE])).toMatch(
    new RegExp(`^weir-trainer +${String(holderIdentity)} `, 'm'),
  );
  expect(await second.daemon.log()).toContain(
    `${String(holderIdentity)} holds the Lease weir-system/weir-trainer; this process waits.`,
  );
  expect((await second.post('/v1/models', forced(testModel(1)))).status).toBe(409);
  await publishes(first, testModel(1));
  const killedAt = performance.now();
  await first.daemon.kill('SIGKILL');
  await eventually(() => leads(second), { timeoutMs: 30_000 });
  // Less than that by what had passed since its last renewal.
  expect(performance.now() - killedAt).toBeGreaterThan((LEASE_SECONDS - 1) * 1000);
  expect(await lease()).toMatchObject({
    ...{ leaseDurationSeconds: LEASE_SECONDS, leaseTransitions: Number(leaseTransitions) + 1 },
    renewTime: expect.stringMatching(/\.\d{6}Z$/) as string,
  });
  expect((await lease())['holderIdentity']).not.toBe(holderIdentity);
  await publishes(second, testModel(2));
}, 120_000);

it('lets one that was suspended write nothing when it wakes up', async () => {
  const [first, second] = await leaderAndFollower();
  process.kill(first.daemon.pid, 'SIGSTOP');
  await eventually(() => leads(second), { timeoutMs: 30_000 });
  await publishes(second, testModel(3));
  const before = await version(testModel(3));
  // It lies in its socket, and is the first that it does.
  const asked = first.post('/v1/models', forced(testModel(4)));
  process.kill(first.daemon.pid, 'SIGCONT');
  expect((await asked).status).toBe(409);
  await eventually(() => says(first, 'could not be renewed for 4 s'));
  // And it waits, as one that knows who leads.
  await eventually(() => says(first, 'this process waits'));
  expect(await version(testModel(3))).toBe(before);
  expect(await leads(second)).toBe(true);
}, 120_000);

it('is handed over at once by one that ends, with what it was about on a shared folder', async () => {
  const data = mkdtempSync(join(tmpdir(), 'weir-shared-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  const [first, second] = await leaderAndFollower({ data });
  await publishes(first, testModel(5));
  const endedAt = performance.now();
  await first.daemon.kill('SIGTERM');
  await eventually(() => leads(second));
  expect(performance.now() - endedAt).toBeLessThan((LEASE_SECONDS - 2) * 1000);
  expect(await (await fetch(`${second.url}/v1/rollout`)).json()).toMatchObject({
    ...{ stage: 'canary', candidate: testModel(5).id },
  });
  expect((await candidate())?.model).toBe(testModel(5).base64);
}, 120_000);

it('outlives the API server, by which nobody leads while it is away', async () => {
  const both = await leaderAndFollower();
  await api.daemon.kill('SIGKILL');
  await eventually(() => says(both[0], 'could not be renewed for 4 s'), { timeoutMs: 30_000 });
  expect(await Promise.all(both.map(leads))).toEqual([false, false]);
  expect(await Promise.all(both.map((each) => count(each, 'leader.trouble')))).toEqual([1, 1]);
  await api.daemon.restart();
  const leading = await eventually(
    async () => {
      const [a, b] = await Promise.all(both.map(leads));
      return a ? both[0] : b ? both[1] : undefined;
    },
    { timeoutMs: 60_000 },
  );
  await publishes(leading, testModel(6));
  expect((await Promise.all(both.map(leads))).filter(Boolean)).toHaveLength(1);
}, 180_000);

it('says which rights are missing', async () => {
  await api.kubectl(['delete', 'rolebinding', TRAINER.name, ...PLACE]);
  const trainer = await start();
  await eventually(() =>
    says(
      trainer,
      'it needs a Role in weir-system with get and update of leases (coordination.k8s.io) named weir-trainer, and create',
    ),
  );
  expect(await leads(trainer)).toBe(false);
}, 60_000);
