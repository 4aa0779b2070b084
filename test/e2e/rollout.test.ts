// The trainer as a service beside real Envoys: what a person hands it reaches traffic, and leaves it, by itself.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { encodeModel } from '../../trainer/actor/model-file.js';
import type { Model } from '../../trainer/actor/model.js';
import { packageParts } from '../../trainer/cli/trainer-parts.js';
import { createConfigurationPublisher } from '../../trainer/publish/client-configuration.js';
import { realTiming } from '../../trainer/publish/timing.js';
import type { RolloutView } from '../../trainer/server/services.js';
import { serveOptionsSchema } from '../../trainer/service/options.js';
import { startTrainer, type TrainerService } from '../../trainer/service/trainer-service.js';
import { leaning } from '../unit/rollout/decisions.js';
import type { ClientSidecar } from './support/client-sidecar.js';
import { actorConfiguration } from './support/configuration.js';
import { describeWithEnvoy, ENVOY_VERSIONS } from './support/envoy-suite.js';
import { eventually } from './support/eventually.js';
import { addresses, sidecar, upstreams } from './support/parts.js';

const TOKEN = 'a-token-for-the-tests';
const SHARE = 0.05;
const WINDOW_MS = 60_000;
/** Likes an endpoint the better the slower it is. */
const BAD = leaning('latency', 6, 0.2);

interface Status {
  readonly models: readonly { readonly id: string; readonly requests: number }[];
}

async function trainerFor(publish: (configuration: object) => Promise<void>, base: object) {
  const dataDir = mkdtempSync(join(tmpdir(), 'weir-rollout-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  const trainer = await startTrainer({
    ...packageParts(),
    ...{ dataDir, host: '127.0.0.1', port: 0, log: pino({ level: 'silent' }) },
    token: () => ({ value: TOKEN, source: 'the test' }),
    options: serveOptionsSchema.parse({ learning: { enabled: false } }),
    createPublisher: () =>
      createConfigurationPublisher(
        base as Record<string, unknown>,
        [{ name: 'envoy', publisher: { publish } }],
        realTiming,
      ),
  });
  onTestFinished(() => trainer.close());
  return trainer;
}

function clientOf({ server }: TrainerService) {
  const url = (path: string) => `http://127.0.0.1:${server.port}${path}`;
  const get = async <T>(path: string) => (await (await fetch(url(path))).json()) as T;
  const post = (path: string, body: object) =>
    fetch(url(path), {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const requestsOf = ({ models }: Status, id?: string) =>
    models.filter((of) => id === undefined || of.id === id).reduce((sum, { requests }) => sum + requests, 0);
  return {
    rollout: () => get<RolloutView>('/v1/rollout'),
    status: () => get<Status>('/v1/status'),
    force: (model: Model) =>
      post('/v1/models', {
        model: Buffer.from(encodeModel(model)).toString('base64'),
        force: true,
        by: 'a test',
      }),
    requestsOf,
  };
}

const [version] = ENVOY_VERSIONS;
await describeWithEnvoy(version, (envoy) => {
  it('takes a bad model that was forced past the gate back, within 60 s and 5% of the requests', async () => {
    const all = await upstreams({ delayMs: 4 }, { delayMs: 4 }, { delayMs: 60 });
    const base = actorConfiguration(addresses(all), { report: { cluster: 'weir-trainer', intervalMs: 500 } });
    const mesh: { client?: ClientSidecar } = {};
    const trainer = await trainerFor(async (configuration) => mesh.client?.publish(configuration), base);
    const client = await sidecar({
      ...{ envoy, endpoints: addresses(all), trainerPort: trainer.server.port, workers: 2 },
      configuration: base,
    });
    mesh.client = client;
    const { rollout, status, force, requestsOf } = clientOf(trainer);
    const load = client.startLoad({ concurrency: 4 });
    onTestFinished(async () => {
      await load.stop();
    });
    // Seen at work before, so that the canary knows what is usual.
    await eventually(async () => requestsOf(await status()) > 1000, { timeoutMs: 60_000 });
    const before = await status();
    const begun = performance.now();
    expect((await force(BAD)).status).toBe(201);
    expect(await rollout()).toMatchObject({ stage: 'canary', candidate: BAD.id, share: SHARE, forced: true });

    const after = await eventually(
      async () => {
        const view = await rollout();
        return view.stage === 'idle' ? view : undefined;
      },
      { timeoutMs: WINDOW_MS, pollMs: 200 },
    );
    expect(after).toMatchObject({ last: { candidate: BAD.id, outcome: 'rolled-back' } });
    expect(performance.now() - begun).toBeLessThan(WINDOW_MS);
    // It is out of traffic when nothing more is added to what it served.
    const served = await eventually(
      async () => {
        const [one, other] = [await status(), await pausedStatus(status)];
        const same = requestsOf(one, BAD.id) === requestsOf(other, BAD.id);
        return same && requestsOf(other) > requestsOf(one) ? other : undefined;
      },
      { timeoutMs: 30_000 },
    );
    const touched = requestsOf(served, BAD.id);
    expect(touched).toBeGreaterThan(0);
    const inWindow = ((requestsOf(served) - requestsOf(before)) * WINDOW_MS) / (performance.now() - begun);
    expect(touched / inWindow).toBeLessThan(SHARE);
    expect(load.result.failures.size).toBe(0);
  });
});

/** Of some reports later. */
async function pausedStatus(status: () => Promise<Status>): Promise<Status> {
  const first = await status();
  return eventually(async () => {
    const next = await status();
    const sum = ({ models }: Status) => models.reduce((total, { requests }) => total + requests, 0);
    return sum(next) > sum(first) + 200 ? next : undefined;
  });
}
