// Runs of the local mesh of `weir up` on real Envoys: one after the other, each with sidecars and applications of its own.
import { cpus } from 'node:os';
import { shippedModel } from '../../trainer/cli/shipped-model.js';
import { balancingOf, type MeshPolicy } from '../../trainer/cli/options.js';
import { clientConfiguration, serverConfiguration } from '../../trainer/cli/plugin-config.js';
import type { UpParts } from '../../trainer/cli/up-run.js';
import { localParts } from '../../trainer/cli/wiring.js';
import type { Scenario } from '../../trainer/environment/scenario.js';
import { Cleanup } from '../../trainer/mesh/apps/cleanup.js';
import { findEnvoy } from '../../trainer/mesh/envoy/binary.js';
import { LatencyHistogram } from '../../trainer/mesh/load/histogram.js';
import { startLocalMesh, type MeshEndpoint } from '../../trainer/mesh/local-mesh.js';

/** The model of the policy `actor`, here and in the simulator. */
export const MODEL = shippedModel();

export interface RealRun {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly requests: number;
  readonly errors: number;
  /** Share of the machine's cpu time that was in use, by whomever. */
  readonly cpuBusy: number;
}

export interface RealMesh {
  /** `Envoy 1.40.0` */
  readonly description: string;
  run(scenario: Scenario, policy: MeshPolicy): Promise<RealRun>;
}

/** @throws {Error} where there is no Envoy: the embedded host is not what a mesh runs */
export async function setUpRealMesh(cleanup: Cleanup): Promise<RealMesh> {
  const note = (line: string) => console.error(line);
  const envoy = await findEnvoy({ note });
  if ('reason' in envoy) throw new Error(`needs a real Envoy: ${envoy.reason}`);
  const { parts, dispose } = await localParts('envoy', note, { models: [MODEL] });
  cleanup.add(dispose);
  await parts.publishServer(serverConfiguration());
  return {
    description: `Envoy ${envoy.version}`,
    run: async (scenario, policy) => {
      const own = new Cleanup();
      // Also where the benchmark is told to stop meanwhile.
      cleanup.add(() => own.run());
      try {
        return await run(parts, scenario, policy, own);
      } finally {
        await own.run();
      }
    },
  };
}

async function run(
  parts: UpParts,
  scenario: Scenario,
  policy: MeshPolicy,
  cleanup: Cleanup,
): Promise<RealRun> {
  const current = policy === 'actor' ? parts.models[0] : undefined;
  const configure = (known: readonly MeshEndpoint[]) =>
    parts.publishClient(clientConfiguration(policy, current && { current }, known));
  await configure([]);
  const trainer = await parts.startTrainer(0);
  cleanup.add(() => trainer.close());
  const { requests, warmup } = scenario;
  const mesh = await startLocalMesh({
    scenario,
    engine: parts.engine,
    balancing: balancingOf(policy),
    trainerPort: trainer.port,
    announce: (known) => {
      trainer.announce(known);
      return configure(known);
    },
    load: { requests, warmup },
    ...(parts.guard ? { guard: parts.guard } : {}),
  });
  cleanup.add(() => mesh.stop());
  const before = cpuTimes();
  mesh.start();
  const broken = mesh.failed.then((reason) => {
    throw new Error(reason);
  });
  broken.catch(() => {});
  const { totals } = await Promise.race([mesh.load.finished, broken]);
  const after = cpuTimes();
  const latency = new LatencyHistogram(totals.latency);
  return {
    p50Ms: latency.quantile(0.5),
    p99Ms: latency.quantile(0.99),
    requests: totals.requests,
    errors: totals.errors,
    cpuBusy: (after.busy - before.busy) / (after.all - before.all),
  };
}

/** Ms of all cores since the start of the machine. */
function cpuTimes(): { readonly busy: number; readonly all: number } {
  let [busy, all] = [0, 0];
  for (const { times } of cpus()) {
    const sum = Object.values(times).reduce((a, b) => a + b, 0);
    all += sum;
    busy += sum - times.idle;
  }
  return { busy, all };
}
