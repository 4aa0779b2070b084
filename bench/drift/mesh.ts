// The local mesh of real Envoys with a trainer that learns, and what is to be seen of both.
import { localParts } from '../../trainer/cli/wiring.js';
import {
  clientConfiguration,
  serverConfiguration,
  type NamedServing,
} from '../../trainer/cli/plugin-config.js';
import type { Scenario } from '../../trainer/environment/scenario.js';
import type { Cleanup } from '../../trainer/mesh/apps/cleanup.js';
import type { LoadReport } from '../../trainer/mesh/load/messages.js';
import { startLocalMesh, type LocalMesh, type MeshEndpoint } from '../../trainer/mesh/local-mesh.js';
import type { TrainerEvent } from '../../trainer/telemetry/event.js';

export interface DriftMesh {
  readonly mesh: LocalMesh;
  readonly envoy: string;
  /** All of the trainer's events so far. */
  readonly events: () => Promise<readonly TrainerEvent[]>;
}

/** @param config file with the options of the trainer @throws {Error} where there is no Envoy */
export async function setUpDriftMesh(
  scenario: Scenario,
  config: string,
  onReport: (report: LoadReport) => void,
  cleanup: Cleanup,
): Promise<DriftMesh> {
  const note = (line: string) => console.error(line);
  const { parts, dispose } = await localParts('envoy', note, { learning: { config } });
  cleanup.add(dispose);
  await parts.publishServer(serverConfiguration());
  let serving: NamedServing | undefined = parts.models[0] && { current: parts.models[0] };
  let known: readonly MeshEndpoint[] = [];
  const publish = () => parts.publishClient(clientConfiguration('actor', serving, known));
  await publish();
  const trainer = await parts.startTrainer(0, (now) => {
    serving = now;
    return publish();
  });
  cleanup.add(() => trainer.close());
  const mesh = await startLocalMesh({
    scenario,
    engine: parts.engine,
    balancing: 'weir',
    trainerPort: trainer.port,
    announce: (endpoints) => {
      known = [...endpoints];
      trainer.announce(known);
      return publish();
    },
    load: { warmup: scenario.warmup },
    onReport,
    ...(parts.guard ? { guard: parts.guard } : {}),
  });
  cleanup.add(() => mesh.stop());
  const url = `http://127.0.0.1:${trainer.port}/v1/events?since=0`;
  return {
    mesh,
    envoy: parts.engine.description,
    events: async () => {
      const answer = await fetch(url, { headers: { accept: 'application/json' } });
      return ((await answer.json()) as { events: TrainerEvent[] }).events;
    },
  };
}
