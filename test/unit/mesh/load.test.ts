import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../../trainer/environment/random.js';
import { validateScenario } from '../../../trainer/environment/scenario.js';
import { loadSimulator } from '../../../trainer/environment/simulator-file.js';
import { Workload } from '../../../trainer/environment/workload.js';
import { LoadGenerator } from '../../../trainer/mesh/load/generator.js';
import { LatencyHistogram } from '../../../trainer/mesh/load/histogram.js';
import { plannedRequests, type PlannedRequest } from '../../../trainer/mesh/load/schedule.js';
import { createSender } from '../../../trainer/mesh/load/sender.js';
import type { Outcome } from '../../../trainer/mesh/load/tally.js';
import { VirtualClock } from './virtual-clock.js';

describe('LatencyHistogram', () => {
  it('knows quantiles within 1%', () => {
    const [histogram, random] = [new LatencyHistogram(), createRandom(3)];
    const values = Array.from({ length: 5000 }, () => -20 * Math.log(1 - random.next())).sort(
      (a, b) => a - b,
    );
    for (const value of values) histogram.add(value);
    for (const q of [0.01, 0.5, 0.9, 0.99, 1]) {
      const exact = values[Math.ceil(q * values.length) - 1]!;
      expect(Math.abs(histogram.quantile(q) / exact - 1)).toBeLessThanOrEqual(0.0101);
    }
  });

  it('travels as bins and adds up', () => {
    const one = new LatencyHistogram();
    for (const ms of [1, 1, 100]) one.add(ms);
    const two = new LatencyHistogram(one.bins());
    two.merge(one.bins());
    expect(two.count).toBe(6);
    expect(two.quantile(0.5)).toBeCloseTo(1, 1);
    expect(new LatencyHistogram().quantile(0.5)).toBe(0);
  });

  it('knows the mean within 1%', () => {
    const histogram = new LatencyHistogram();
    for (const ms of [1, 2, 9]) histogram.add(ms);
    expect(Math.abs(histogram.mean() / 4 - 1)).toBeLessThanOrEqual(0.0101);
    expect(new LatencyHistogram().mean()).toBe(0);
  });
});

describe('plannedRequests', () => {
  const scenario = validateScenario(
    {
      seed: 5,
      proxies: 4,
      services: [
        {
          name: 'api',
          serviceTime: { kind: 'exponential', meanMs: 10 },
          classes: [
            { path: '/a', share: 0.5, factor: 1 },
            { path: '/b', share: 0.5, factor: 2 },
          ],
        },
      ],
      load: { utilisation: 0.5 },
    },
    'test.json',
  );

  it('are those of the workload, numbered', () => {
    const [plan, workload] = [1, 2].map(() => new Workload(loadSimulator(), scenario));
    const requests = plannedRequests(plan!);
    for (let index = 0; index < 2000; index++)
      expect(requests.next().value).toEqual({ index, ...workload!.next() });
    // 4 workers / 10 ms x 0.5 = 200 a second; a sum of n exponential gaps has a variation of 1 / sqrt(n).
    expect(Math.abs(requests.next().value.atMs / 10_000 - 1)).toBeLessThan(4 / Math.sqrt(2000));
  });
});

describe('LoadGenerator', () => {
  /** A request every 10 ms. */
  function* everyTenMs(): Generator<PlannedRequest, never> {
    for (let index = 0; ; index++)
      yield { index, atMs: (index + 1) * 10, path: '/', ms: 1, key: '0123456789abcdef', proxy: 0 };
  }
  function generate(
    options: { warmup?: number; seconds?: number; requests?: number },
    answer: (r: PlannedRequest) => Outcome,
    ms: (r: PlannedRequest) => number,
    late = 0,
  ) {
    const clock = new VirtualClock(() => late);
    let inFlight = 0;
    let most = 0;
    const generator = new LoadGenerator({
      plan: everyTenMs(),
      send: (request) =>
        new Promise((resolve) => {
          most = Math.max(most, ++inFlight);
          clock.after(ms(request), () => {
            inFlight--;
            resolve(answer(request));
          });
        }),
      warmup: 0,
      ...options,
      now: clock.now,
      after: clock.after,
    });
    let done = false;
    void generator.done.then(() => (done = true));
    return { clock, generator, isDone: () => done, most: () => most };
  }
  const ok: Outcome = { ok: true, servedBy: ['api-0'] };

  it('sends what is due however much is unanswered', async () => {
    const { clock, generator, most } = generate(
      { requests: 50 },
      () => ok,
      () => 1000,
    );
    generator.start();
    await clock.runUntil(600);
    expect(most()).toBe(50);
  });

  it('counts latency from when a request was due, not from when it was sent', async () => {
    // The whole process stalls: timers come 200 ms late, the answer takes 5 ms more.
    const { clock, generator } = generate(
      { requests: 1 },
      () => ok,
      () => 5,
      200,
    );
    generator.start();
    await clock.runUntil(1000);
    const { latency } = generator.report(true).totals;
    expect(new LatencyHistogram(latency).quantile(0.5) / 405).toBeCloseTo(1, 1);
  });

  it('sends a fraction of a millisecond early rather than late, and counts from then', async () => {
    const sent: number[] = [];
    const clock = new VirtualClock();
    function* plan(): Generator<PlannedRequest, never> {
      for (let index = 0; ; index++)
        yield { index, atMs: 10.7 * (index + 1), path: '/', ms: 1, key: '0123456789abcdef', proxy: 0 };
    }
    const generator = new LoadGenerator({
      plan: plan(),
      send: () => new Promise((resolve) => (sent.push(clock.now()), clock.after(4, () => resolve(ok)))),
      warmup: 0,
      requests: 2,
      now: clock.now,
      after: clock.after,
    });
    generator.start();
    await clock.runUntil(100);
    expect(sent).toEqual([10, 21]);
    const { latency } = generator.report(true).totals;
    expect(new LatencyHistogram(latency).quantile(1) / 4).toBeCloseTo(1, 1);
  });

  it('leaves the warm-up out of the totals, but not out of the windows', async () => {
    const { clock, generator } = generate(
      { warmup: 10, requests: 20 },
      () => ok,
      () => 1,
    );
    generator.start();
    await clock.runUntil(1000);
    const report = generator.report(true);
    expect([report.totals.requests, report.window.requests]).toEqual([20, 30]);
    expect(report.totals.servedBy).toEqual({ 'api-0': 20 });
  });

  it('measures for the seconds it was told, counted from the end of the warm-up', async () => {
    const { clock, generator, isDone } = generate(
      { warmup: 10, seconds: 1 },
      () => ok,
      () => 30,
    );
    generator.start();
    await clock.runUntil(1120);
    expect(isDone()).toBe(false);
    await clock.runUntil(1200);
    expect(isDone()).toBe(true);
    expect(generator.report(true)).toMatchObject({ seconds: 1, totals: { requests: 100 } });
  });

  it('ends after what is in flight when told to finish', async () => {
    const { clock, generator, isDone } = generate(
      {},
      () => ok,
      () => 500,
    );
    generator.start();
    await clock.runUntil(100);
    generator.finish();
    await clock.runUntil(300);
    expect(isDone()).toBe(false);
    await clock.runUntil(700);
    expect(isDone()).toBe(true);
    expect(generator.report(true).totals.requests).toBe(10);
  });

  it('counts failures, keeps them out of the latencies and tells when they lived', async () => {
    const failed: Outcome = { ok: false, servedBy: [] };
    const { clock, generator } = generate(
      { requests: 10 },
      (r) => (r.index === 3 ? failed : ok),
      () => 2,
    );
    generator.start();
    await clock.runUntil(500);
    const report = generator.report(true);
    expect(report.totals).toMatchObject({ requests: 10, errors: 1 });
    expect(new LatencyHistogram(report.totals.latency).count).toBe(9);
    expect(report.failures).toEqual([[40, 42]]);
    expect(generator.report(true)).toMatchObject({
      failures: [],
      window: { requests: 0 },
      totals: { requests: 10 },
    });
  });
});

describe('createSender', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
    server?.closeAllConnections();
  });
  async function serve(handler: Parameters<typeof createServer>[1]) {
    server = createServer(handler as never);
    await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
    return createSender([`127.0.0.1:${(server.address() as AddressInfo).port}`], 200);
  }
  const key = '00c0ffee00c0ffee';
  const request: PlannedRequest = { index: 7, atMs: 0, path: '/a', ms: 1.5, key, proxy: 0 };

  it('sends the job with the request and reads who served it', async () => {
    const seen: unknown[] = [];
    const sender = await serve((req, res) => {
      seen.push(req.method, req.url, req.headers['x-job-ms'], req.headers['x-job-id']);
      res.writeHead(200, { 'x-served-by': 'api-0, db-1' }).end('ok');
    });
    expect(await sender.send(request)).toEqual({ ok: true, servedBy: ['api-0', 'db-1'] });
    expect(seen).toEqual(['GET', '/a', '1.5000', key]);
    sender.close();
  });

  it('counts status 500 and above, broken connections and silence as errors', async () => {
    const sender = await serve((req, res) => {
      if (req.url === '/500') res.writeHead(500, { 'x-served-by': 'api-0' }).end();
      else if (req.url === '/404') res.writeHead(404).end();
      else if (req.url === '/reset') res.destroy();
      else if (req.url === '/half')
        res.writeHead(200, { 'content-length': '10' }).write('half', () => res.destroy());
    });
    const ok = async (path: string) => (await sender.send({ ...request, path })).ok;
    expect(await ok('/500')).toBe(false);
    expect(await ok('/404')).toBe(true);
    expect(await ok('/reset')).toBe(false);
    expect(await ok('/half')).toBe(false);
    expect(await ok('/silence')).toBe(false);
    sender.close();
  });
});
