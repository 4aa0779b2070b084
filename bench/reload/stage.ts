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
export const WORKERS = 2;
export const ENDPOINTS = 4;

/** A configuration whose effect can be seen from outside: by its model's id and by the endpoints that answer. */
export interface Release {
  /** First four bytes of the model's id. */
  readonly gauge: number;
  readonly endpoints: ReadonlySet<string>;
  readonly configuration: object;
}

export interface Stage {
  readonly envoy: string;
  /** Who brings a configuration to the sidecar, for people. */
  readonly controlPlane: string;
  /** `ip:port` that the application calls. */
  readonly address: string;
  /** Header of that name in its requests, where it is another one. */
  readonly host?: string;
  /** Envoy's name of the cluster that is balanced. */
  readonly cluster: string;
  readonly sidecar: Pick<Sidecar, 'stats' | 'residentBytes' | 'ended'>;
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

  const release = releases({
    cluster: SERVICE,
    trainer: 'weir-trainer',
    places: upstreams.addresses.map((address) => ({ address, servedBy: address })),
  });

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
    controlPlane: 'ECDS from a file',
    cluster: SERVICE,
    address: sidecar.outbound(SERVICE),
    sidecar,
    sink,
    publisher,
    release,
    isInEffect: (wanted) => allDecideWith(sidecar, wanted),
  };
}

export interface Place {
  /** `ip:port` as Envoy knows it. */
  readonly address: string;
  /** What its application calls itself in `x-served-by`. */
  readonly servedBy: string;
}

export interface ReleaseOptions {
  readonly cluster: string;
  /** Cluster that takes reports. */
  readonly trainer: string;
  readonly places: readonly Place[];
}

/** Each with a model of its own, and with the other half of the endpoints than the one before. */
export function releases({ cluster, trainer, places }: ReleaseOptions): (n: number) => Release {
  const halves = [places.slice(0, places.length / 2), places.slice(places.length / 2)];
  return (n) => {
    const model = untrainedModel({ seed: n + 1 });
    const half = halves[n % halves.length] ?? [];
    return {
      gauge: idGauge(model.id),
      endpoints: new Set(half.map(({ servedBy }) => servedBy)),
      configuration: {
        role: 'client',
        policy: 'actor',
        model: Buffer.from(encodeModel(model)).toString('base64'),
        endpoints: { [cluster]: half.map(({ address }) => address) },
        report: { cluster: trainer },
      },
    };
  };
}

export async function allDecideWith(
  sidecar: Pick<Sidecar, 'stats'>,
  { gauge }: Pick<Release, 'gauge'>,
): Promise<boolean> {
  const stats = await sidecar.stats('^wasmcustom\\.weir\\.worker\\.\\d+\\.model$');
  // The VM of the main thread has a place as well; one that ended leaves a zero.
  const live = [...stats.values()].filter((model) => model !== 0);
  return live.length >= WORKERS && live.every((model) => model === gauge);
}
