import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemOf, testServer, type TestServer } from './client.js';
import { FakeModels, MODEL, MODEL_ID, rollout, twin } from './services.js';

const TOKEN = 'a-token-of-this-test';
const AUTHORISED = { authorization: `Bearer ${TOKEN}` };
const UNKNOWN = 'f'.repeat(32);
let server: TestServer;
let models: FakeModels;

beforeEach(async () => {
  models = new FakeModels();
  server = await testServer({ token: TOKEN, services: { models, rollout, twin }, limits: { change: 1000 } });
});
afterEach(() => server.close(0));

const get = (path: string) => fetch(server.url(path));
const post = (path: string, body?: object, headers: Record<string, string> = AUTHORISED) =>
  fetch(server.url(path), {
    method: 'POST',
    headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
const postFile = (bytes: Uint8Array, query = '') =>
  fetch(server.url(`/v1/models${query}`), {
    method: 'POST',
    headers: { ...AUTHORISED, 'content-type': 'application/octet-stream' },
    body: bytes,
  });

describe('publishing a model', () => {
  it('takes the bare file, and gives it back as it came', async () => {
    const response = await postFile(MODEL, '?by=ci&force=true');
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe(`/v1/models/${MODEL_ID}`);
    expect(await response.json()).toMatchObject({ id: MODEL_ID, status: 'current' });
    expect(models.calls).toEqual([['publish', MODEL_ID, true, 'ci']]);
    const file = await get(`/v1/models/${MODEL_ID}/file`);
    expect(file.headers.get('content-type')).toBe('application/octet-stream');
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(new Uint8Array(MODEL));
  });

  it('takes JSON with a card, for a rollout unless it is forced', async () => {
    const body = { model: Buffer.from(MODEL).toString('base64'), card: { algorithm: 'a3c' }, by: 'me' };
    expect((await post('/v1/models', body)).status).toBe(201);
    expect(models.calls).toEqual([['publish', MODEL_ID, false, 'me']]);
    expect(await (await get(`/v1/models/${MODEL_ID}`)).json()).toMatchObject({
      record: { id: MODEL_ID, status: 'candidate' },
      card: { algorithm: 'a3c' },
    });
    expect(await (await get('/v1/models')).json()).toMatchObject({ models: [{ id: MODEL_ID }] });
  });

  it('refuses what is no model with what is wrong about it', async () => {
    const damaged = MODEL.slice();
    damaged[50]! ^= 1;
    const problem = await problemOf(await postFile(damaged));
    expect(problem.status).toBe(422);
    expect(problem.detail).toMatch(/^not a model: .*checksum/i);
    expect((await problemOf(await postFile(new Uint8Array(17_000)))).status).toBe(413);
    expect((await problemOf(await post('/v1/models', { model: '!' }))).errors).toEqual([
      expect.objectContaining({ path: 'model' }),
    ]);
    expect((await problemOf(await post('/v1/models'))).status).toBe(415);
    expect(models.calls).toEqual([]);
  });
});

describe('changes to models', () => {
  it('reach the registry with who wants them and why', async () => {
    await postFile(MODEL);
    const why = { by: 'sre', reason: 'p99' };
    expect((await post(`/v1/models/${MODEL_ID}/promote`, why)).status).toBe(200);
    expect(models.calls.at(-1)).toEqual(['promote', MODEL_ID, why]);
    expect((await post(`/v1/models/${MODEL_ID}/promote`)).status).toBe(200);
    expect(models.calls.at(-1)).toEqual(['promote', MODEL_ID, { by: 'api', reason: '' }]);
    const pinned = await post(`/v1/models/${MODEL_ID}/pin`, { pinned: true });
    expect(await pinned.json()).toMatchObject({ pinned: true });
  });

  it('that cannot be are problems: unknown, in conflict, malformed', async () => {
    expect((await problemOf(await post(`/v1/models/${UNKNOWN}/promote`))).status).toBe(404);
    expect((await problemOf(await get(`/v1/models/${UNKNOWN}`))).detail).toBe(`no model ${UNKNOWN}`);
    expect((await problemOf(await get(`/v1/models/${UNKNOWN}/file`))).status).toBe(404);
    expect((await problemOf(await get('/v1/models/nonsense'))).status).toBe(400);
    expect((await problemOf(await post(`/v1/models/${MODEL_ID}/pin`, { pinned: 'yes' }))).status).toBe(400);
    expect(await problemOf(await post('/v1/rollback', { by: 'sre' }))).toMatchObject({
      status: 409,
      detail: 'there is no model before this one',
    });
  });
});

describe('the token', () => {
  const changes = [
    '/v1/models',
    `/v1/models/${MODEL_ID}/promote`,
    `/v1/models/${MODEL_ID}/pin`,
    '/v1/rollback',
    '/v1/rollout/abort',
  ];

  it.each(changes)('is needed for POST %s', async (path) => {
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: `Basic ${TOKEN}` }]) {
      const response = await post(path, {}, headers);
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm="weir"');
      expect((await problemOf(response)).status).toBe(401);
    }
    expect(models.calls).toEqual([]);
  });

  it('that is not configured lets nobody change anything', async () => {
    const open = await testServer({ services: { models } });
    const response = await fetch(open.url('/v1/rollback'), { method: 'POST', headers: AUTHORISED });
    expect((await problemOf(response)).detail).toMatch(/no token configured/);
    await open.close(0);
  });

  it('cannot be guessed faster than the limit of changes', async () => {
    const limited = await testServer({ token: TOKEN, services: { models }, limits: { change: 2 } });
    const statuses: number[] = [];
    for (let i = 0; i < 20; i++) {
      statuses.push((await fetch(limited.url('/v1/rollback'), { method: 'POST' })).status);
    }
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(10);
    await limited.close(0);
  });
});

describe('rollout and twin', () => {
  it('are shown, and a rollout can be ended', async () => {
    expect(await (await get('/v1/rollout')).json()).toEqual({ stage: 'canary', share: 0.05 });
    expect(await (await post('/v1/rollout/abort')).json()).toEqual({ stage: 'idle', share: 0 });
    expect(await (await get('/v1/twin')).json()).toEqual(twin.view());
  });
});
