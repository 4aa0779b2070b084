// Against an API server in a few lines, which answers what a test says; the real one is in test/istio/resources.test.ts.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kubernetesPods } from '../../../../trainer/telemetry/pods/pod-source-kubernetes.js';
import type { PodSource } from '../../../../trainer/telemetry/pods/pod-source.js';

const MEASURED_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const EVERY_MS = 30;
/** Of a monotone clock that a test moves, and the wall clock at its 0. */
let now: number;
const wallAt0 = MEASURED_MS + 4000;

interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

const events: [kind: string, message: string][] = [];
let server: Server;
let config: KubeConfig;
let source: PodSource | undefined;
let paths: string[];
/** What is answered by path, without its query. */
let answers: Record<string, Answer>;

const METRICS = '/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods';
const PODS = '/api/v1/namespaces/shop/pods';

const pod = (name: string, ip: string, limits: object = { cpu: '1', memory: '1Gi' }) => ({
  metadata: { namespace: 'shop', name },
  spec: { containers: [{ name: 'app', resources: { limits } }] },
  status: { phase: 'Running', podIP: ip, podIPs: [{ ip }] },
});
const metric = (name: string, cpu: string, measuredMs = MEASURED_MS) => ({
  metadata: { namespace: 'shop', name },
  timestamp: new Date(measuredMs).toISOString(),
  window: '15s',
  containers: [{ name: 'app', usage: { cpu, memory: '256Mi' } }],
});
const list = (...items: object[]): Answer => ({ body: { items } });
const refusal = (status: number, message: string): Answer => ({
  status,
  body: { kind: 'Status', code: status, message },
});

beforeEach(async () => {
  [events.length, now, paths] = [0, 0, []];
  answers = { [METRICS]: list(metric('api-1', '250m')), [PODS]: list(pod('api-1', '10.0.0.1')) };
  server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://a');
    paths.push(url.pathname + url.search);
    const { status = 200, body } = answers[url.pathname] ?? refusal(404, 'no such path');
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'c', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: 'u' },
  );
});
afterEach(async () => {
  source?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const open = (namespaces?: string[]) =>
  (source = kubernetesPods({
    ...{ config, everyMs: EVERY_MS },
    ...(namespaces && { namespaces }),
    events: { emit: (kind, message) => void events.push([kind, message]) },
    now: () => now,
    wallNow: () => wallAt0 + now,
  }));
const cpu = (ip = '10.0.0.1') => source!.of(ip, now)?.cpu?.value;
/** Some more polls. */
const polls = async () => {
  const before = paths.length;
  await expect.poll(() => paths.length).toBeGreaterThan(before + 6);
};

describe('pods', () => {
  it('are known by their addresses, with the age of what was measured', async () => {
    open(['shop']);
    await expect.poll(cpu).toBe(0.25);
    expect(source!.of('10.0.0.1', now)).toMatchObject({
      pod: 'shop/api-1',
      cpu: { value: 0.25, isOfLimits: true },
      memory: { value: 0.25, isOfLimits: true },
      ...{ at: -4000, until: -4000 + 15_000 + 3 * EVERY_MS, windowMs: 15_000 },
    });
    expect(source!.of('10.0.0.2', now)).toBeUndefined();
    expect(paths.slice(0, 2).sort()).toEqual([
      `${PODS}?fieldSelector=status.phase%3DRunning&resourceVersion=0`,
      METRICS,
    ]);
    answers[METRICS] = list(metric('api-1', '500m'));
    await expect.poll(cpu).toBe(0.5);
    expect(source!.pods(now)).toBe(1);
    expect(events).toEqual([]);
  });

  it('count from the second measurement on where the clock of their node is behind', async () => {
    const behind = MEASURED_MS - 3_600_000;
    answers[METRICS] = list(metric('api-1', '250m', behind));
    open(['shop']);
    await polls();
    expect(cpu()).toBeUndefined();
    now = 10_000;
    await polls();
    now = 20_000;
    answers[METRICS] = list(metric('api-1', '500m', behind + 20_000));
    await expect.poll(cpu).toBe(0.5);
    expect(source!.of('10.0.0.1', now)!.at).toBeGreaterThanOrEqual(10_000);
    // It is not measured anew: it grows old like any other.
    await polls();
    now = source!.of('10.0.0.1', now)!.until + 1;
    await polls();
    expect(cpu()).toBeUndefined();
  });

  it('are those of all namespaces where none is named, and of each that is', async () => {
    answers['/apis/metrics.k8s.io/v1beta1/pods'] = list(metric('api-1', '750m'));
    answers['/api/v1/pods'] = list(pod('api-1', '10.0.0.1'));
    open();
    await expect.poll(cpu).toBe(0.75);
    source!.close();
    answers['/apis/metrics.k8s.io/v1beta1/namespaces/stock/pods'] = list(metric('api-1', '1'));
    answers['/api/v1/namespaces/stock/pods'] = list(pod('api-1', '10.0.0.2'));
    open(['shop', 'stock', 'shop']);
    await expect.poll(() => [cpu(), cpu('10.0.0.2')]).toEqual([0.25, 1]);
  });

  it('are told of once where they state neither limits nor requests, if they are endpoints', async () => {
    const free = ['1', '2'].map((n) => pod(`free-${n}`, `10.0.1.${n}`, {}));
    answers[PODS] = list(pod('api-1', '10.0.0.1'), ...free);
    answers[METRICS] = list(...['api-1', 'free-1', 'free-2'].map((name) => metric(name, '250m')));
    open(['shop']);
    await expect.poll(cpu).toBe(0.25);
    expect(events).toEqual([]);
    for (const ip of ['10.0.1.2', '10.0.1.1']) expect(source!.of(ip, now)?.cpu).toBeUndefined();
    expect(events).toEqual([
      ['resources.pod-unstated', expect.stringMatching(/^Pod shop\/free-2 states neither limits/)],
    ]);
  });

  it('of which something cannot be read are left out, and told of once', async () => {
    answers[PODS] = list(pod('api-1', '10.0.0.1'), pod('api-2', '10.0.0.2'), pod('api-3', '10.0.0.3'));
    answers[METRICS] = list(metric('api-1', '250m'), metric('api-2', 'plenty'), metric('api-3', '-1'));
    open(['shop']);
    await expect.poll(cpu).toBe(0.25);
    await polls();
    expect([cpu('10.0.0.2'), cpu('10.0.0.3')]).toEqual([undefined, undefined]);
    expect(events).toEqual([
      [
        'resources.pods-away',
        'The cpu and memory of 2 of the pods cannot be read and do not count: pod shop/api-2: "plenty" is not a quantity.',
      ],
    ]);
    answers[METRICS] = list(metric('api-2', '250m'));
    await expect.poll(() => events.at(-1)?.[0]).toBe('resources.pods-back');
  });
});

describe('what is not answered', () => {
  it.each([
    [
      METRICS,
      refusal(404, 'the server could not find the requested resource'),
      /404.*install metrics-server/,
    ],
    [
      METRICS,
      { status: 404, body: '404 page not found\n' },
      /404 404 page not found: install metrics-server/,
    ],
    [METRICS, refusal(503, 'currently unable'), /503 currently unable.*kubectl get apiservice/],
    [METRICS, { status: 503, body: 'service unavailable\n' }, /503 service unavailable: see kubectl/],
    [METRICS, refusal(403, 'forbidden'), /service account list pods.metrics.k8s.io of namespace shop/],
    [PODS, refusal(403, 'forbidden'), /service account list pods of namespace shop/],
    [METRICS, { body: '<html>' }, /pods.metrics.k8s.io of namespace shop: .*JSON/],
    [PODS, { body: {} }, /pods of namespace shop: the answer is no list/],
  ] satisfies [string, Answer, RegExp][])('%s, as in %o, is told of once', async (path, answer, said) => {
    const before = answers[path]!;
    answers[path] = answer;
    open(['shop']);
    await polls();
    expect(cpu()).toBeUndefined();
    expect(events).toEqual([['resources.kubernetes-away', expect.stringMatching(said)]]);
    expect(events[0]![1]).toMatch(/It is tried every 0\.03 s\.$/);
    answers[path] = before;
    await expect.poll(cpu).toBe(0.25);
    expect(events.map(([kind]) => kind)).toEqual(['resources.kubernetes-away', 'resources.kubernetes-back']);
  });

  it('leaves what is known until that is too old', async () => {
    open(['shop']);
    await expect.poll(cpu).toBe(0.25);
    await expect.poll(() => source!.ageMs(now)).toBe(0);
    const { until } = source!.of('10.0.0.1', now)!;
    answers[METRICS] = refusal(503, 'away');
    await expect.poll(() => events.length).toBe(1);
    now = until;
    expect([cpu(), source!.pods(now), source!.ageMs(now)]).toEqual([0.25, 1, until]);
    now = until + 1;
    expect([cpu(), source!.pods(now)]).toEqual([undefined, 0]);
  });

  it('of one namespace leaves the others', async () => {
    open(['shop', 'nowhere']);
    await expect.poll(cpu).toBe(0.25);
    await expect.poll(() => events.length).toBe(1);
    expect(events[0]![1]).toMatch(/namespace nowhere/);
    expect(events[0]![1]).not.toMatch(/namespace shop/);
  });

  it('by an API server that is gone is told of as well', async () => {
    await new Promise((resolve) => server.close(resolve));
    open(['shop']);
    await expect.poll(() => events.length, { timeout: 5000 }).toBe(1);
    expect(events[0]![1]).toMatch(/ECONNREFUSED/);
  });

  it('is not asked for again once it is closed', async () => {
    const closed = open(['shop']);
    await polls();
    closed.close();
    const asked = () => paths.filter((path) => path === METRICS).length;
    const before = asked();
    open(['stock']);
    await polls();
    expect(asked()).toBeLessThanOrEqual(before + 1);
  });
});
