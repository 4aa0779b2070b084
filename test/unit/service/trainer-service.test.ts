// The trainer as a service in one process: its registry, rollout and HTTP interface together; only the mesh is not there.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { encodeModel } from '../../../trainer/actor/model-file.js';
import type { Model } from '../../../trainer/actor/model.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';
import { packageParts } from '../../../trainer/cli/trainer-parts.js';
import type { Serving } from '../../../trainer/rollout/serving.js';
import { serveOptionsSchema } from '../../../trainer/service/options.js';
import { startTrainer, type TrainerService } from '../../../trainer/service/trainer-service.js';

const TOKEN = 'a-token-for-the-tests';
const parts = packageParts();
const other = untrainedModel({ seed: 5 });

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'weir-service-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

async function start(dataDir = folder(), options: object = {}) {
  const served: Serving[] = [];
  const trainer = await startTrainer({
    ...parts,
    ...{ dataDir, host: '127.0.0.1', port: 0, log: pino({ level: 'silent' }) },
    token: () => ({ value: TOKEN, source: 'the test' }),
    options: serveOptionsSchema.parse({ learning: { enabled: false }, ...options }),
    createPublisher: () => ({
      serve: (serving) => Promise.resolve(void served.push(serving)),
      targets: [],
      close: () => Promise.resolve(),
    }),
  });
  onTestFinished(() => trainer.close());
  return { trainer, served, dataDir };
}

const leads = (trainer: TrainerService) => vi.waitUntil(() => trainer.isLeading, { timeout: 20_000 });

async function call({ server }: TrainerService, path: string, body?: object, token = TOKEN) {
  const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, {
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
    },
    ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
  });
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
}

const publication = (model: Model, more: object = {}) => ({
  model: Buffer.from(encodeModel(model)).toString('base64'),
  by: 'ann',
  force: true,
  ...more,
});

describe('the trainer as a service', () => {
  it('begins with the model that ships, and publishes it', async () => {
    const { trainer, served } = await start();
    await leads(trainer);
    const { json } = await call(trainer, '/v1/models');
    expect(json).toMatchObject({
      models: [{ id: parts.initial.id, status: 'current', createdBy: 'shipped' }],
    });
    expect(served.map(({ current }) => current.id)).toEqual([parts.initial.id]);
    expect((await call(trainer, '/v1/rollout')).json).toMatchObject({
      stage: 'idle',
      current: parts.initial.id,
    });
  });

  it('rolls out what a person forces on it, in the canary, and takes it back when told to', async () => {
    const { trainer, served } = await start();
    await leads(trainer);
    const taken = await call(trainer, '/v1/models', publication(other));
    expect(taken).toMatchObject({
      status: 201,
      json: { id: other.id, status: 'candidate', createdBy: 'ann' },
    });
    expect(served.at(-1)).toMatchObject({ candidate: { model: { id: other.id }, share: 0.05 } });
    const back = await call(trainer, '/v1/rollback', { by: 'bob', reason: 'a test' });
    expect(back).toMatchObject({ status: 200, json: { id: parts.initial.id, status: 'current' } });
    expect(served.at(-1)).toEqual({ current: parts.initial });
    const { json } = await call(trainer, '/v1/events');
    expect(JSON.stringify(json)).toContain('by bob: a test');
  });

  it('refuses what it cannot do, and says why', async () => {
    const { trainer } = await start();
    await leads(trainer);
    expect(await call(trainer, '/v1/models', publication(other), 'wrong-token-wrong')).toMatchObject({
      status: 401,
    });
    expect(await call(trainer, '/v1/models', publication(parts.initial))).toMatchObject({
      status: 409,
      json: { detail: `model ${parts.initial.id} serves already` },
    });
    expect(await call(trainer, '/v1/models', publication(other, { card: { seed: 'seven' } }))).toMatchObject({
      status: 422,
      json: { detail: expect.stringContaining('seed') as string },
    });
    expect(await call(trainer, '/v1/rollback', {})).toMatchObject({ status: 409 });
    // A card that is refused leaves nothing behind.
    expect((await call(trainer, '/v1/models')).json).toMatchObject({ models: [{ id: parts.initial.id }] });
  });

  it('goes on after a restart with what it knew', async () => {
    const first = await start();
    await leads(first.trainer);
    await call(first.trainer, '/v1/models', publication(other));
    await first.trainer.close();
    const second = await start(first.dataDir);
    await leads(second.trainer);
    expect((await call(second.trainer, '/v1/rollout')).json).toMatchObject({
      stage: 'canary',
      candidate: other.id,
    });
    expect(second.served.at(-1)).toMatchObject({ candidate: { model: { id: other.id } } });
  });

  it('waits where another trainer leads on the same folder, and leads when that one is gone', async () => {
    const first = await start();
    await leads(first.trainer);
    const second = await start(first.dataDir, { learning: {} });
    expect(await call(second.trainer, '/v1/models')).toMatchObject({
      status: 409,
      json: { detail: 'this trainer waits for the lead: ask the one that leads' },
    });
    expect(second.served).toEqual([]);
    expect((await call(second.trainer, '/v1/training')).json).toEqual({ enabled: true, rounds: [] });
    await first.trainer.close();
    await leads(second.trainer);
    expect(await call(second.trainer, '/v1/models')).toMatchObject({ status: 200 });
  });

  it('keeps as many old models as it is told to, and those in use', async () => {
    const first = await start();
    await leads(first.trainer);
    for (const seed of [11, 12, 13]) {
      await call(first.trainer, '/v1/models', publication(untrainedModel({ seed })));
      await call(first.trainer, '/v1/rollback', {});
    }
    await first.trainer.close();
    const second = await start(first.dataDir, { keepModels: 1 });
    await leads(second.trainer);
    const ids = async () =>
      ((await call(second.trainer, '/v1/models')).json['models'] as { id: string }[]).map(({ id }) => id);
    await vi.waitUntil(async () => (await ids()).length === 2, { timeout: 20_000 });
    expect(await ids()).toEqual([untrainedModel({ seed: 13 }).id, parts.initial.id]);
  });
});
