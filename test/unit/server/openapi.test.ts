import { request } from 'node:http';
import { Validator } from '@seriousme/openapi-schema-validator';
import { pino } from 'pino';
import type { Express } from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../../trainer/server/app.js';
import { EventStreams } from '../../../trainer/server/event-stream.js';
import { LIMITS } from '../../../trainer/server/guards.js';
import { statusSchema } from '../../../trainer/server/status-route.js';
import { TrainingLog } from '../../../trainer/learning/training-log.js';
import { trainingService } from '../../../trainer/service/model-services.js';
import { Fleet } from '../../../trainer/telemetry/fleet.js';
import { History } from '../../../trainer/telemetry/history/history.js';
import { createMetrics } from '../../../trainer/telemetry/metrics.js';
import { reportBody } from '../telemetry/reports.js';
import { problemOf, testServer, type TestServer } from './client.js';
import { FakeModels, eventLog, observing, rollout, twin } from './services.js';

const log = pino({ level: 'silent' });
const events = await eventLog();
const { graph, traces } = observing();
const history = new History(new Fleet(), 0);
const training = trainingService(new TrainingLog(), true);
const services = { models: new FakeModels(), rollout, twin, events, graph, traces, history, training };

interface Document {
  paths: Record<string, Record<string, { operationId: string; security?: object[]; responses: object }>>;
}
let server: TestServer;
let document: Document;

beforeAll(async () => {
  server = await testServer({ services, token: 'a-token-of-this-test', hosts: ['127.0.0.1', 'weir.local'] });
  document = (await (await fetch(server.url('/openapi.json'))).json()) as Document;
});
afterAll(() => server.close());

/** What express has, whoever put it there: `get /v1/models/{id}`. */
function mounted(app: Express): string[] {
  const layers = app.router.stack.flatMap(({ route }) => (route ? [route] : []));
  return layers.flatMap((route) => {
    const methods = route.stack.map(({ method }) => method).filter((method) => method !== undefined);
    // `app.all`, behind the routes of a path, says which methods it has.
    const own = new Set(methods).size === 1 ? methods.slice(0, 1) : [];
    return own.map((method) => `${method} ${route.path.replace(/:(\w+)/g, '{$1}')}`);
  });
}

/** What needs no token: spans and reports change nothing but figures. */
const FROM_MACHINES = new Set(['/v1/reports', '/v1/traces']);

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone({ ...document }));
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    expect(validator.version).toBe('3.1');
  });

  it('has every route of the app, and the app every route of it', () => {
    const fleet = new Fleet();
    const now = () => 0;
    const options = {
      fleet,
      now,
      wallNow: now,
      log,
      services,
      streams: new EventStreams(),
      metrics: createMetrics({ fleet, now, listeners: () => 0 }),
      onReport: [],
      version: '1',
      page: new Map(),
      limits: LIMITS,
      requestPrefix: 'x',
      isReady: () => true,
    };
    const app = createApp(options, { reports: () => undefined, spans: () => undefined });
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    expect(mounted(app).sort()).toEqual(described.sort());
    expect(described).toContain('post /v1/models/{id}/promote');
  });

  it('asks for the token on what changes something, and gives every operation a name of its own', () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
    );
    const changing = operations.filter(({ security }) => security !== undefined);
    const posts = operations.filter(({ method, path }) => method === 'post' && !FROM_MACHINES.has(path));
    expect(changing.map(({ path }) => path)).toEqual(posts.map(({ path }) => path));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { responses } of operations) expect(responses).toHaveProperty('default');
  });

  it('describes the status that is sent', async () => {
    const endpoint = { requests: 3, latency: [[40, 3]], server: { cpu: 0.5, ageMs: 1 } };
    const workers = [{ id: 'w', model: 'm' }];
    const models = [{ id: 'm', requests: 3, latency: [[40, 3]] }];
    await server.post(reportBody('p', 1, { api: { '10.0.0.1:80': endpoint } }, { workers, models }));
    const status: unknown = await (await fetch(server.url('/v1/status'))).json();
    // Nothing is sent that is not described: parsing drops what is unknown.
    expect(statusSchema.parse(status)).toEqual(status);
  });
});

describe('the host check', () => {
  // fetch sets the header itself; node:http lets a test lie.
  const asked = async (host: string, path = '/v1/status') => {
    return new Promise<number>((resolve, reject) => {
      const sent = request({ port: server.port, host: '127.0.0.1', path, headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode!);
      });
      sent.on('error', reject).end();
    });
  };

  it('serves its own names, with any port, and no other', async () => {
    expect(await asked(`127.0.0.1:${server.port}`)).toBe(200);
    expect(await asked('WEIR.local')).toBe(200);
    expect(await asked('evil.example')).toBe(421);
    expect(await asked('evil.example', '/')).toBe(421);
  });

  it('does not stand before health and reports, which are asked under any name', async () => {
    expect(await asked('10.1.2.3:7070', '/healthz')).toBe(200);
    const response = await server.post('{}');
    expect((await problemOf(response)).status).toBe(400);
  });
});
