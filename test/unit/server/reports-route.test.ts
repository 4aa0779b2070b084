import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../../trainer/telemetry/report.js';
import { reportBody } from '../telemetry/reports.js';
import { problemOf, testServer, type TestServer } from './client.js';

const A = '127.0.0.1:9001';
const reports: Report[] = [];
let server: TestServer;

beforeAll(async () => {
  server = await testServer({
    intervalMs: 250,
    endpoints: { api: [{ address: A, weight: 2 }] },
    onReport: [(report) => reports.push(report)],
  });
});
afterAll(() => server.close());

describe('POST /v1/reports', () => {
  it('answers with the endpoint table and the fleet view', async () => {
    const response = await server.post(reportBody('p1', 1, { api: { [A]: { requests: 10, inFlight: 3 } } }));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.json()).toEqual({
      nextMs: 250,
      proxies: 1,
      clusters: [
        { name: 'api', ageMs: 0, endpoints: [{ address: A, weight: 2, inFlight: 3, rps: 10, errorRate: 0 }] },
      ],
    });
  });

  it('hands a report on once, though it came twice', async () => {
    const before = reports.length;
    for (let i = 0; i < 2; i++) expect((await server.post(reportBody('twice', 5, {}))).status).toBe(200);
    expect(reports.slice(before).map((report) => report.proxy)).toEqual(['twice']);
  });

  it('is answered though somebody who listens to reports fails, and the others still hear of it', async () => {
    const heard: string[] = [];
    const failing = await testServer({
      onReport: [
        () => {
          throw new Error('broken listener');
        },
        ({ proxy }) => heard.push(proxy),
      ],
    });
    expect((await failing.post(reportBody('p1', 1, {}))).status).toBe(200);
    expect(heard).toEqual(['p1']);
    await failing.close();
  });

  it('accepts a media type with parameters and a compressed body', async () => {
    const headers = { 'content-type': 'application/json; charset=utf-8', 'content-encoding': 'gzip' };
    expect((await server.post(gzipSync(JSON.stringify(reportBody('zip', 1, {}))), headers)).status).toBe(200);
  });

  it('lists every error of a wrong report', async () => {
    const response = await server.post({
      ...reportBody('p1', 1, {}),
      proxy: 3,
      seq: -1,
      clusters: [{ name: 'a' }],
    });
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ status: 400, title: 'Bad Request', detail: 'not a report: 4 errors' });
    expect(problem.errors!.map((error) => (error as { path: string }).path)).toEqual([
      'proxy',
      'seq',
      'clusters.0.requests',
      'clusters.0.endpoints',
    ]);
  });

  it('lists a hundred errors of a body full of them', async () => {
    const problem = await problemOf(
      await server.post({ ...reportBody('p1', 1, {}), clusters: new Array(200).fill(1) }),
    );
    expect(problem.detail).toBe('not a report: 200 errors, the first 100 listed');
    expect(problem.errors).toHaveLength(100);
  });

  it.each<[number, string, string | Uint8Array, Record<string, string>]>([
    [400, 'broken JSON', '{"version": 1,', {}],
    [400, 'an empty body', '', {}],
    [400, 'a bare number', '1', {}],
    [400, 'a body that is not gzip', 'plain', { 'content-encoding': 'gzip' }],
    [413, 'a body above 1 MiB', `{"proxy":"${'x'.repeat(1024 * 1024)}"}`, {}],
    [
      413,
      'a body that inflates above 1 MiB',
      gzipSync(Buffer.alloc(8 << 20, ' ')),
      { 'content-encoding': 'gzip' },
    ],
    [415, 'another media type', '{}', { 'content-type': 'text/plain' }],
    [415, 'an unknown encoding', '{}', { 'content-encoding': 'zzz' }],
    [415, 'an unknown charset', '{}', { 'content-type': 'application/json; charset=ebcdic' }],
  ])('answers %i to %s', async (status, _what, body, headers) => {
    const response = await server.post(body, { 'content-type': 'application/json', ...headers });
    expect((await problemOf(response)).status).toBe(status);
  });

  it('survives JSON that is nested half a million deep', async () => {
    expect((await problemOf(await server.post('['.repeat(500_000)))).status).toBe(400);
    expect((await problemOf(await server.post('['.repeat(500_000) + ']'.repeat(500_000)))).status).toBe(400);
  });
});
