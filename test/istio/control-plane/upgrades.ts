// Parts of different ages meet: test/golden has the filter, a model and the trainer's server of feature set 1, from before
// the present one.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventually } from '../../../bench/cluster/eventually.js';
import { startDaemon, type Daemon } from '../../../bench/cluster/daemon.js';
import { NAMESPACE, TRAINER_PORT, trainerAddress } from '../../../bench/cluster/mesh.js';
import { packageRoot } from '../../../trainer/cli/package-root.js';
import { testModel } from '../../e2e/support/configuration.js';
import { deciding, failuresOf, rejections, startTraffic, sum, type Installed } from '../support/installed.js';
import type { RunningTrainer } from '../support/trainer.js';
import { inEffect, publisherOf } from './publishing.js';

const GOLDEN = join(import.meta.dirname, '../../golden');
const OLDER_FILTER = `file://${join(GOLDEN, 'feature-set-1.wasm')}`;
const OLDER_TRAINER = join(GOLDEN, 'trainer-feature-set-1.mjs');
const FILTER = `file://${join(packageRoot, 'build/plugin.wasm')}`;
const OLDER_MODEL = readFileSync(join(GOLDEN, 'feature-set-1.weir')).toString('base64');
/** First four bytes of its id, as the gauge shows them. */
const OLDER_GAUGE = 0x97e50fa8;

interface Status {
  readonly proxies: { readonly list: readonly { readonly id: string; readonly plugin: string }[] };
}

/** As an upgrade by hand does: filter and model in one edit. */
function patch({ mesh: { api } }: Installed, url: string, model: string): Promise<string> {
  const spec = { url, pluginConfig: { model } };
  const place = ['patch', 'wasmplugin', 'weir-client', '--namespace', NAMESPACE, '--type=merge'];
  return api.kubectl([...place, '--patch', JSON.stringify({ spec })]);
}

async function allRefuse(all: Installed, edit: () => Promise<unknown>): Promise<void> {
  const before = await Promise.all(all.callers.map(rejections));
  await edit();
  await eventually(async () => {
    const now = await Promise.all(all.callers.map(rejections));
    return now.every((count, i) => count > before[i]!);
  });
}

const allDecide = (all: Installed, gauge: number) =>
  eventually(async () => (await Promise.all(all.callers.map((one) => deciding(one, gauge)))).every(Boolean));

const proxiesOf = async (trainer: RunningTrainer) => (await trainer.get<Status>('/v1/status')).proxies.list;

/** Versions of the filter in the callers, as the trainer hears of them. */
async function versions({ trainer, callers }: Installed): Promise<string[]> {
  const all = await proxiesOf(trainer);
  const own = all.filter(({ id }) => callers.some(({ pod }) => id.includes(`~${pod}.${NAMESPACE}~`)));
  return own.map(({ plugin }) => plugin);
}

export function upgrades(installed: () => Installed): void {
  it('refuses an older model in the filter and in the trainer, by the version that it is of', async () => {
    const all = installed();
    const publish = await publisherOf(all);
    await publish(testModel(501).base64);
    await inEffect(all, testModel(501));
    await allRefuse(all, () => publish(OLDER_MODEL));
    await inEffect(all, testModel(501));
    for (const proxy of all.callers)
      expect(await proxy.log()).toMatch(/model: trained for another feature set/);
    const answer = await all.trainer.post('/v1/models', { model: OLDER_MODEL, by: 'a test' });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain('feature-set version is 1, not 2');
    await publish(testModel(502).base64);
    await inEffect(all, testModel(502));
  });

  it('refuses an older filter for the newer model, and changes both at once without a lost request', async () => {
    const all = installed();
    const traffic = startTraffic(all.mesh);
    const newer = await eventually(async () => (await versions(all))[0]);
    await allRefuse(all, () => patch(all, OLDER_FILTER, testModel(502).base64));
    await inEffect(all, testModel(502));

    await patch(all, OLDER_FILTER, OLDER_MODEL);
    await allDecide(all, OLDER_GAUGE);
    // Its reports are understood, and what it is answered.
    const older = await eventually(async () => {
      const now = await versions(all);
      return now.find((version) => version !== newer);
    });
    expect(older).toContain('+954b596');
    const badAnswers = await sum(all.mesh.client, 'weir\\.bad_answers$');
    const steered = await sum(all.mesh.client, '^wasmcustom\\.weir\\.steered$');
    await eventually(
      async () => (await sum(all.mesh.client, '^wasmcustom\\.weir\\.steered$')) > steered + 200,
    );
    expect(await sum(all.mesh.client, 'weir\\.bad_answers$')).toBe(badAnswers);

    await allRefuse(all, () => patch(all, OLDER_FILTER, testModel(503).base64));
    await allDecide(all, OLDER_GAUGE);

    await patch(all, FILTER, testModel(503).base64);
    await inEffect(all, testModel(503));
    expect(failuresOf(await traffic.stop())).toEqual([]);
  }, 120_000);
  it('steers on beside an older trainer, which refuses what it does not understand', async () => {
    const all = installed();
    const { mesh, trainer } = all;
    const traffic = startTraffic(mesh);
    await trainer.daemon.kill();
    const older = await startOlderTrainer();
    const refused = await sum(mesh.client, 'weir\\.report_failures$');
    const steered = await sum(mesh.client, '^wasmcustom\\.weir\\.steered$');
    // The decision records of its callers; from servers, which have none, it hears.
    await eventually(async () => (await sum(mesh.client, 'weir\\.report_failures$')) > refused + 2);
    await eventually(async () => (await proxiesOf(trainer)).length === mesh.servers.length);
    expect((await proxiesOf(trainer)).some(({ id }) => id.includes('~client.'))).toBe(false);
    expect((await sum(mesh.client, '^wasmcustom\\.weir\\.steered$')) - steered).toBeGreaterThan(200);
    await inEffect(all, testModel(503));

    await older.stop();
    await trainer.daemon.restart();
    await eventually(async () => (await versions(all)).length === all.callers.length, { timeoutMs: 30_000 });
    expect(failuresOf(await traffic.stop())).toEqual([]);
  }, 120_000);
}

/** The server of the trainer from before the present feature set, at the trainer's address. */
function startOlderTrainer(): Promise<Daemon> {
  const url = `http://${trainerAddress}:${TRAINER_PORT}`;
  return startDaemon({
    path: process.execPath,
    ports: 0,
    prepare: () => Promise.resolve([OLDER_TRAINER, trainerAddress, String(TRAINER_PORT)]),
    ready: async () => (await fetch(`${url}/readyz`)).ok,
  });
}
