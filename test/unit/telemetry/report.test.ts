import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reportSchema } from '../../../trainer/telemetry/report.js';
import { CONTEXT, FEATURES } from '../../../trainer/actor/model.js';
import { reportBody } from './reports.js';

type Change = (body: Record<string, unknown>) => Record<string, unknown>;
const endpoint = { api: { '10.0.0.1:80': { requests: 1 } } };
const base64 = (bytes: number) => Buffer.alloc(bytes).toString('base64');
const sample = {
  cluster: 'api',
  endpoints: 2,
  features: base64(2 * FEATURES),
  context: base64(CONTEXT),
  action: 1,
  probability: 0.5,
  latencyMs: 3,
  error: false,
  model: '00',
};

function problems(body: unknown): string[] {
  const result = reportSchema.safeParse(body);
  return result.success ? [] : result.error.issues.map((issue) => issue.path.join('.'));
}

describe('a report', () => {
  it('has the form of the example in docs/contracts.md', () => {
    const page = readFileSync(new URL('../../../docs/contracts.md', import.meta.url), 'utf8');
    const example = /```json\n(\{\s*"version": 1[\s\S]*?)```/.exec(page)![1]!;
    const body = JSON.parse(example) as { samples: object[] };
    // The example shortens the feature rows to the word "base64".
    body.samples = body.samples.map((s) => ({
      ...s,
      features: base64(4 * FEATURES),
      context: base64(CONTEXT),
    }));
    expect(problems(body)).toEqual([]);
  });

  it('may hold keys that this version does not know', () => {
    const body = { ...reportBody('p', 1, { api: { '10.0.0.1:80': { newer: { deep: 1 } } } }), zone: 'a' };
    expect(problems(body)).toEqual([]);
    expect(reportSchema.parse(body)).not.toHaveProperty('zone');
  });

  it.each<[string, Change]>([
    ['version', (b) => ({ ...b, version: 2 })],
    ['proxy', (b) => ({ ...b, proxy: '' })],
    ['proxy', (b) => ({ ...b, proxy: 'x'.repeat(513) })],
    ['seq', (b) => ({ ...b, seq: 1.5 })],
    ['seq', (b) => ({ ...b, seq: '1' })],
    ['intervalMs', (b) => ({ ...b, intervalMs: 0 })],
    ['clusters', (b) => ({ ...b, clusters: null })],
    ['clusters', (b) => ({ ...b, clusters: manyClusters(257) })],
    ['clusters', () => ({ ...reportBody('p', 1, {}), clusters: [...manyClusters(1), ...manyClusters(1)] })],
    ['clusters.0.endpoints', () => reportBody('p', 1, { api: manyEndpoints(257) })],
    ['clusters.0.endpoints.0.requests', () => withEndpoint({ requests: -1 })],
    ['clusters.0.endpoints.0.inFlight', () => withEndpoint({ inFlight: Infinity })],
    ['clusters.0.endpoints.0.weight', () => withEndpoint({ weight: 'heavy' })],
    ['clusters.0.endpoints.0.latency', () => withEndpoint({ latency: [[160, 1]] })],
    ['clusters.0.endpoints.0.latency', () => withEndpoint({ latency: [[1, -1]] })],
    ['clusters.0.endpoints.0.latency', () => withEndpoint({ latency: [[1, 1, 1]] })],
    ['clusters.0.endpoints.0.latency', () => withEndpoint({ latency: [['1', 1]] })],
    ['clusters.0.endpoints.0.latency', () => withEndpoint({ latency: { 0: 1 } })],
    ['models.0.latency', (b) => ({ ...b, models: [{ id: 'aa', requests: 1, latency: [1] }] })],
    ['clusters.0.endpoints.0.latency', () => withEndpoint({ latency: new Array(161).fill([1, 1]) })],
    ['clusters.0.endpoints.0.server.ageMs', () => withEndpoint({ server: { cpu: 0.5 } })],
    ['samples.0.action', (b) => ({ ...b, samples: [{ ...sample, action: 2 }] })],
    ['samples.0.features', (b) => ({ ...b, samples: [{ ...sample, features: base64(2 * FEATURES - 1) }] })],
    ['samples.0.probability', (b) => ({ ...b, samples: [{ ...sample, probability: 1.1 }] })],
  ])('is rejected for its %s', (path, change) => {
    expect(problems(change(reportBody('p', 1, endpoint)))).toEqual([path]);
  });

  it('may hold decision records', () => {
    expect(problems({ ...reportBody('p', 1, endpoint), samples: [sample] })).toEqual([]);
  });
});

function withEndpoint(fields: Record<string, unknown>): Record<string, unknown> {
  return {
    ...reportBody('p', 1, {}),
    clusters: [
      { name: 'api', requests: 0, endpoints: [{ address: 'a', requests: 0, inFlight: 0, ...fields }] },
    ],
  };
}
function manyClusters(count: number): object[] {
  return Array.from({ length: count }, (_, i) => ({ name: `c${i}`, requests: 0, endpoints: [] }));
}
function manyEndpoints(count: number): Record<string, Record<string, unknown>> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`e${i}`, {}]));
}
