import { describe, expect, it } from 'vitest';
import { BINS } from '../../trainer/telemetry/sketch.js';
import {
  A,
  ADDRESSES,
  API,
  clusterOf,
  endpointOf,
  modelBase64,
  nextReport,
  reportCalls,
  reports,
  runAnswered,
  serve,
  startClient,
  sum,
} from './support/fixtures.js';

/** As it is sent: the schema would drop what it does not know. */
interface RawReport extends Record<string, unknown> {
  readonly workers: readonly { readonly model: string }[];
  readonly clusters: readonly { readonly endpoints: readonly { readonly address: string }[] }[];
}

const ACTOR = { policy: 'actor', model: modelBase64() };

describe('a report', () => {
  it('is a POST of JSON to /v1/reports of the configured cluster', async () => {
    const host = await startClient();
    host.advance(1100);
    const [call] = reportCalls(host);
    expect(call!.cluster).toBe('trainer');
    expect(call!.headers).toMatchObject({
      ':method': 'POST',
      ':path': '/v1/reports',
      'content-type': 'application/json',
    });
    expect(call!.timeoutMs).toBe(5000);
  });

  it('is sent in shadow mode too, and not while the filter is off', async () => {
    for (const [mode, reported] of [
      ['shadow', true],
      ['off', false],
    ] as const) {
      const host = await startClient({ mode });
      host.advance(3000);
      expect(reportCalls(host).length > 0).toBe(reported);
    }
  });

  it('holds exactly the fields of the contract', async () => {
    const host = await startClient(ACTOR, { nodeId: 'sidecar~10.0.0.3' });
    runAnswered(host, 300);
    const stream = serve(host, {
      latencyMs: 2,
      responseHeaders: { 'x-weir-load': 'q=3;w=3500;t=12500;r=41000;c=420;m=610' },
    });
    const before = reportCalls(host).length;
    nextReport(host);
    const report = reportCalls(host)[before]!.json<RawReport>();
    const chosen = stream.endpoints[0]!;
    expect(Object.keys(report)).toEqual([
      'version',
      'proxy',
      'seq',
      'intervalMs',
      'plugin',
      'policy',
      'mode',
      'workers',
      'models',
      'clusters',
      'samples',
      'counters',
    ]);
    expect(report).toMatchObject({ version: 1, policy: 'actor', mode: 'act' });
    expect(report.proxy).toMatch(/^sidecar~10\.0\.0\.3~[0-9a-f]{16}$/);
    expect(report.plugin).toMatch(/^\d+\.\d+\.\d+\+[0-9a-z]+$/);
    const model = report.workers[0]!.model;
    expect(report.workers).toEqual([
      { id: expect.stringMatching(/^[0-9a-f]{8}$/), model: expect.stringMatching(/^[0-9a-f]{32}$/) },
    ]);
    // 2 ms lie in bin 8 (log2 2 + 4) = 40.
    expect(report.models).toEqual([{ id: model, requests: 1, errors: 0, latency: [[40, 1]] }]);
    expect(report.clusters).toHaveLength(1);
    const { endpoints, ...cluster } = report.clusters[0]!;
    expect(cluster).toEqual({ name: API, requests: 1, fallback: 0, servedNotChosen: 0 });
    expect(endpoints.map((endpoint) => endpoint.address)).toEqual([...ADDRESSES]);
    expect(endpoints.find((endpoint) => endpoint.address === chosen)).toEqual({
      address: chosen,
      requests: 1,
      chosen: 1,
      served: 1,
      errors: { connect: 0, timeout: 0, http5xx: 0 },
      latency: [[40, 1]],
      inFlight: 0,
      weight: 1,
      ejected: false,
      server: {
        inFlight: 3,
        work: 3.5,
        timeMs: 12.5,
        rps: 41,
        cpu: 0.42,
        memory: 0.61,
        ageMs: expect.any(Number),
      },
    });
    expect(report.counters).toEqual({ badLoadHeaders: 0, badAnswers: 0, reportFailures: 0 });
    expect(report.samples).toEqual([
      {
        cluster: API,
        endpoints: 4,
        features: expect.any(String),
        context: expect.any(String),
        action: ADDRESSES.indexOf(chosen as typeof A),
        probability: expect.any(Number),
        latencyMs: 2,
        error: false,
        model,
      },
    ]);
  });

  it('comes every interval, with a number that grows by one', async () => {
    const host = await startClient({ report: { cluster: 'trainer', intervalMs: 500 } });
    runAnswered(host, 5000);
    const numbers = reports(host).map(({ seq }) => seq);
    expect(numbers.length).toBeGreaterThanOrEqual(9);
    expect(numbers).toEqual(numbers.map((_, index) => numbers[0]! + index));
    expect(
      reports(host)
        .slice(1)
        .every(({ intervalMs }) => intervalMs >= 500 && intervalMs <= 600),
    ).toBe(true);
    expect(host.metric('weir.reports')).toBe(numbers.length);
  });

  it('counts a request once, in whichever interval its answer comes', async () => {
    const host = await startClient();
    nextReport(host);
    const stream = host.request({}, { cluster: API });
    expect(clusterOf(nextReport(host))!.requests).toBe(1);
    stream.respond({}, { upstream: stream.endpoints[0]! }).finish();
    const [first, second] = [nextReport(host), nextReport(host)];
    expect(sum(clusterOf(first)!.endpoints.map(({ served }) => served))).toBe(1);
    expect(sum(clusterOf(second)!.endpoints.map(({ served }) => served))).toBe(0);
  });

  it('has latencies in the bins of the contract', async () => {
    const host = await startClient({ endpoints: { [API]: [A] } });
    runAnswered(host, 200);
    for (const latencyMs of [0.01, 1.05, 1.1, 10, 300]) serve(host, { latencyMs });
    const bin = (ms: number) => Math.min(BINS - 1, Math.max(0, Math.floor(8 * (Math.log2(ms) + 4))));
    expect(endpointOf(nextReport(host), A).latency).toEqual(
      [0.01, 1.05, 1.1, 10, 300].map((ms) => [bin(ms), 1]),
    );
  });

  it('is not sent where none is configured', async () => {
    const host = await startClient({ report: undefined });
    serve(host);
    host.advance(5000);
    expect(host.httpCalls).toEqual([]);
  });

  it('names clusters in UTF-8 as they are', async () => {
    const host = await startClient({ endpoints: { 'größe "1"': [A] } });
    expect(nextReport(host).clusters.map(({ name }) => name)).toEqual(['größe "1"']);
  });

  it('is one that the trainer takes, however many clusters there are', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `cluster-${index}`);
    const host = await startClient({ endpoints: Object.fromEntries(names.map((name) => [name, [A]])) });
    expect(nextReport(host).clusters).toHaveLength(256);
  });
});

describe('decision records', () => {
  it('are at most as many as asked for, spread over the interval', async () => {
    const host = await startClient({ ...ACTOR, report: { cluster: 'trainer', samples: 10 } });
    nextReport(host);
    for (let n = 0; n < 500; n++) serve(host, { latencyMs: 2 });
    for (const report of reports(host).slice(1)) expect(report.samples.length).toBeLessThanOrEqual(11);
    const { samples } = nextReport(host);
    expect(samples.length).toBeGreaterThanOrEqual(5);
    for (const { endpoints, latencyMs, probability } of samples) {
      expect(endpoints).toBe(4);
      expect(latencyMs).toBe(2);
      expect(probability).toBeGreaterThan(0);
    }
  });

  it('are bounded for all workers together', async () => {
    const host = await startClient({ ...ACTOR, report: { cluster: 'trainer', samples: 8 } }, { workers: 3 });
    runAnswered(host, 1500);
    for (let n = 0; n < 600; n++) serve(host, { worker: n % 3, latencyMs: 1 });
    runAnswered(host, 2000);
    expect(Math.max(...reports(host).map(({ samples }) => samples.length))).toBe(8);
  });

  it('say how it ended, and are dropped where it did not', async () => {
    const host = await startClient({ ...ACTOR, report: { cluster: 'trainer', samples: 256 } });
    runAnswered(host, 1000);
    serve(host, { status: 500, latencyMs: 20 });
    host.request({}, { cluster: API }).finish();
    expect(nextReport(host).samples.map(({ error }) => error)).toEqual([true]);
  });

  it('are none where none are wanted', async () => {
    const host = await startClient({ ...ACTOR, report: { cluster: 'trainer', samples: 0 } });
    for (let n = 0; n < 20; n++) serve(host);
    expect(nextReport(host).samples).toEqual([]);
  });
});

describe('a candidate', () => {
  it('decides its share of the requests and is measured apart', async () => {
    const candidate = { model: modelBase64({ seed: 2 }), share: 0.2 };
    const host = await startClient({ ...ACTOR, candidate });
    nextReport(host);
    const requests = 2000;
    for (let n = 0; n < requests; n++) serve(host, { latencyMs: 0, status: n % 10 === 0 ? 500 : 200 });
    const { models, workers } = nextReport(host);
    expect(models).toHaveLength(2);
    const [own] = models.filter(({ id }) => id === workers[0]!.model);
    const [other] = models.filter(({ id }) => id !== workers[0]!.model);
    expect(own!.requests + other!.requests).toBe(requests);
    expect(own!.errors + other!.errors).toBe(requests / 10);
    // Binomial: mean 400, standard deviation sqrt(2000 x 0.2 x 0.8) = 17.9; four of them either way.
    expect(Math.abs(other!.requests - 400)).toBeLessThan(4 * Math.sqrt(requests * 0.2 * 0.8));
    for (const { requests: all, errors, latency } of models)
      expect(sum(latency.map(([, n]) => n))).toBe(all - errors);
  });

  it.each([
    [0, 1],
    [1, 1],
  ])('with a share of %d leaves one model deciding', async (share, count) => {
    const host = await startClient({ ...ACTOR, candidate: { model: modelBase64({ seed: 2 }), share } });
    for (let n = 0; n < 100; n++) serve(host, { latencyMs: 0 });
    expect(nextReport(host).models).toHaveLength(count);
  });
});
