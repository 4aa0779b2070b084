import { describe, expect, it } from 'vitest';
import { runUp, type UpParts, type UpPlan } from '../../../trainer/cli/up-run.js';
import { validateScenario } from '../../../trainer/environment/scenario.js';
import { FakeEngine } from '../mesh/fake-engine.js';

const scenario = validateScenario(
  {
    proxies: 2,
    workersPerProxy: 1,
    warmup: 10,
    services: [
      { name: 'api', endpoints: [{ count: 2 }], serviceTime: { kind: 'deterministic', meanMs: 10 } },
    ],
    // 8 workers / 10 ms x 0.125: 100 requests a second.
    load: { utilisation: 0.125 },
  },
  'test.json',
);
const MODELS = ['aaaaaaaa', 'bbbbbbbb'].map((start) => ({ id: start.padEnd(32, '0'), base64: start }));

function setUp(plan: Partial<UpPlan> = {}) {
  const published: { model?: string; policy?: string; endpoints?: object }[] = [];
  const events: string[] = [];
  const notes: string[] = [];
  const engine = new FakeEngine(() => {
    const model = MODELS.find(({ base64 }) => base64 === published.at(-1)?.model);
    return new Map([
      ['wasmcustom.weir.worker.0.model', Number.parseInt(model?.id.slice(0, 8) ?? '0', 16)],
      ['wasmcustom.weir.served_not_chosen', 3],
    ]);
  });
  const parts: UpParts = {
    engine,
    models: MODELS,
    publishClient: (configuration) => Promise.resolve(void published.push(configuration)),
    publishServer: (configuration) =>
      Promise.resolve(void events.push(`server ${JSON.stringify(configuration)}`)),
    startTrainer: () =>
      Promise.resolve({
        port: 7070,
        announce: (endpoints) => void events.push(`announced ${endpoints.length}`),
        close: () => Promise.resolve(events.push('trainer closed')),
      }),
  };
  const stop = new AbortController();
  let updates = 0;
  const done: string[] = [];
  const view = {
    update: () => {
      updates++;
    },
    done: (text: string) => void done.push(text),
  };
  const result = () =>
    runUp(
      { scenario, policy: 'actor', seconds: 1, port: 0, ...plan },
      parts,
      { view, note: (line) => void notes.push(line) },
      stop.signal,
    );
  return { result, engine, published, events, notes, stop, done, updates: () => updates };
}

describe('weir up', () => {
  it('runs for its duration, reloads once on the way, and hands over the result', async () => {
    const run = setUp();
    const result = await run.result();
    expect(Object.keys(result!)).toEqual([
      'engine', 'policy', 'scenario', 'durationSeconds', 'requests', 'errors', 'p50Ms', 'p99Ms', 'throughputRps',
      'reloads', 'reloadMs', 'failedDuringReload', 'servedNotChosen', 'perEndpoint',
    ]); // prettier-ignore
    expect(result).toMatchObject({
      engine: 'embedded',
      policy: 'actor',
      scenario: 'test',
      errors: 0,
      reloads: 1,
      failedDuringReload: 0,
      servedNotChosen: 6,
    });
    expect(result!.durationSeconds).toBeCloseTo(1, 1);
    expect(result!.perEndpoint.reduce((sum, e) => sum + e.requests, 0)).toBe(result!.requests);
    expect(result!.perEndpoint.map((e) => [e.service, e.speed, e.workers])).toEqual([
      ['api', 1, 4],
      ['api', 1, 4],
    ]);
    // Before the sidecars, when the endpoints were known, and the reload.
    expect(run.published.map(({ model }) => model)).toEqual(['aaaaaaaa', 'aaaaaaaa', 'bbbbbbbb']);
    expect(run.events).toEqual(['server {"role":"server"}', 'announced 2', 'trainer closed']);
    expect(run.updates()).toBeGreaterThan(2);
    expect(run.done[0]).toContain('1 reload');
    expect(run.engine.stopped).toHaveLength(4);
  });

  it('ends in good order when told to, with the figures so far', async () => {
    const run = setUp({ seconds: undefined, policy: 'envoy:round_robin' });
    const result = run.result();
    await expect.poll(() => run.updates(), { timeout: 10_000 }).toBeGreaterThan(3);
    run.stop.abort();
    expect(await result).toMatchObject({ policy: 'envoy:round_robin', errors: 0, reloads: 0 });
    expect((await result)!.requests).toBeGreaterThan(10);
    expect(run.engine.started[0]!.balancing).toBe('round_robin');
    expect(run.engine.stopped).toHaveLength(4);
  });

  it('ends without a result when told to before the load began', async () => {
    const run = setUp();
    run.stop.abort();
    expect(await run.result()).toBeUndefined();
    expect(run.events.at(-1)).toBe('trainer closed');
  });

  it('fails when a sidecar dies, and stops the rest', async () => {
    const run = setUp({ seconds: 30 });
    const result = run.result();
    await expect.poll(() => run.updates(), { timeout: 10_000 }).toBeGreaterThan(0);
    run.engine.crash.get('client-0')!('exit 139');
    await expect(result).rejects.toThrow('sidecar client-0 ended: exit 139');
    expect(run.engine.stopped).toHaveLength(4);
  });
});
