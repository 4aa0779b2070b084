// One Envoy with two workers under traffic, and the configurations that it is given in turn.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeModel } from '../../trainer/actor/model-file.js';
import { idGauge } from '../../trainer/actor/model-id.js';
import { untrainedModel } from '../../trainer/actor/untrained.js';
import type { Cleanup } from '../../trainer/mesh/apps/cleanup.js';
import type { Sidecar } from '../../trainer/mesh/engine.js';
import { findEnvoy } from '../../trainer/mesh/envoy/binary.js';
import { EnvoyEngine } from '../../trainer/mesh/envoy/engine.js';
import { guard } from '../../trainer/mesh/guard/guard.js';
import { EnvoyFilePublisher } from '../../trainer/publish/envoy-file.js';
import type { Publisher } from '../../trainer/publish/publisher.js';
import { startSink, type ReportSink } from './sink.js';
import { startUpstreams } from './upstreams.js';

const SERVICE = 'api';
const WORKERS = 2;
const ENDPOINTS = 4;

/** A configuration whose effect can be seen from outside: by its model's id and by the endpoints that answer. */
export interface Release {
  /** First four bytes of the model's id. */
  readonly gauge: number;
  readonly endpoints: ReadonlySet<string>;
  readonly configuration: object;
}

export interface Stage {
  readonly envoy: string;
  /** `ip:port` that the application calls. */
  readonly address: string;
  readonly sidecar: Sidecar;
  readonly sink: ReportSink;
  readonly publisher: Publisher;
  /** The n-th release: a model of its own, and the other half of the endpoints than the one before. */
  release(n: number): Release;
  /** Whether every worker decides with the release. */
  isInEffect(release: Release): Promise<boolean>;
}

export async function setStage(cleanup: Cleanup, plugin: string): Promise<Stage> {
  const binary = await findEnvoy({ note: (line) => console.error(line) });
  if ('reason' in binary) throw new Error(`needs a real Envoy: ${binary.reason}`);
  const runDir = await mkdtemp(join(tmpdir(), 'weir-bench-'));
  guard().folder(runDir);
  cleanup.add(() => rm(runDir, { recursive: true, force: true }));
  const upstreams = await startUpstreams(ENDPOINTS);
  cleanup.add(() => upstreams.stop());
  const sink = await startSink();
  cleanup.add(() => sink.stop());

  const halves = [upstreams.addresses.slice(0, ENDPOINTS / 2), upstreams.addresses.slice(ENDPOINTS / 2)];
  const release = (n: number): Release => {
    const model = untrainedModel({ seed: n + 1 });
    const endpoints = halves[n % halves.length] ?? [];
    return {
      gauge: idGauge(model.id),
      endpoints: new Set(endpoints),
      configuration: {
        role: 'client',
        policy: 'actor',
        model: Buffer.from(encodeModel(model)).toString('base64'),
        endpoints: { [SERVICE]: endpoints },
        report: { cluster: 'weir-trainer' },
      },
    };
  };

  const file = (name: string): string => join(runDir, name);
  const files = { plugin, runDir, clientConfig: file('client.json'), serverConfig: file('server.json') };
  const publisher = new EnvoyFilePublisher({ path: files.clientConfig, role: 'client', plugin });
  await publisher.publish(release(0).configuration);
  await new EnvoyFilePublisher({ path: files.serverConfig, role: 'server', plugin }).publish({
    role: 'server',
  });
  const sidecar = await new EnvoyEngine(binary, files).start({
    id: 'client-0',
    workers: WORKERS,
    outbound: [{ service: SERVICE, endpoints: upstreams.addresses }],
    trainerPort: sink.port,
    balancing: 'weir',
  });
  cleanup.add(() => sidecar.stop());
  return {
    envoy: `Envoy ${binary.version}`,
    address: sidecar.outbound(SERVICE),
    sidecar,
    sink,
    publisher,
    release,
    isInEffect: async ({ gauge }) => {
      const stats = await sidecar.stats('^wasmcustom\\.weir\\.worker\\.\\d+\\.model$');
      // The VM of the main thread has a place as well; one that ended leaves a zero.
      const live = [...stats.values()].filter((model) => model !== 0);
      return live.length >= WORKERS && live.every((model) => model === gauge);
    },
  };
}
