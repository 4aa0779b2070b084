// What a candidate is judged on at the gate: the twins as they are now, the suite, and what went wrong before.
import type { Model } from '../actor/model.js';
import type { Scenario } from '../environment/schema.js';
import { GATE_DEFAULTS, runGate, type GateVerdict } from '../rollout/gate.js';
import type { Incidents } from '../rollout/incidents.js';
import type { EventSink } from '../telemetry/event.js';
import { withNeighbours } from '../telemetry/twin/neighbours.js';
import type { Twin } from '../telemetry/twin/twin.js';
import type { ServeOptions } from './options.js';

/** Of each twin. */
const NEIGHBOURS = 3;

export interface JudgingParts {
  readonly twin: Twin;
  readonly validation: readonly Scenario[];
  readonly incidents: Incidents;
  readonly gate: ServeOptions['gate'];
  readonly events: EventSink;
  readonly wallNow: () => number;
}

/** @throws {unknown} the signal's reason where it is aborted */
export async function judge(
  { twin, validation, incidents, gate, events, wallNow }: JudgingParts,
  candidate: Model,
  current: Model,
  signal: AbortSignal,
): Promise<GateVerdict> {
  const { scenarios, problems } = await incidents.list();
  for (const problem of problems) events.emit('incidents.unreadable', problem);
  const twins = withNeighbours(
    twin.list().map(({ scenario }) => scenario),
    1 + (wallNow() % 1_000_000),
    NEIGHBOURS,
  );
  const limits = { ...GATE_DEFAULTS, ...gate, signal };
  return runGate(candidate, current, { twin: twins, validation, incidents: scenarios }, limits);
}

/** What the mesh was like when a model did harm: later candidates must stand it. */
export async function keepIncident({ twin, incidents, events, wallNow }: JudgingParts): Promise<void> {
  for (const { replay } of twin.list()) {
    try {
      const name = await incidents.add(replay, wallNow());
      events.emit('incidents.kept', `What the mesh was like is kept as ${name}.`, { name });
    } catch (error) {
      events.emit('incidents.unkept', `What the mesh was like is not kept: ${(error as Error).message}.`);
    }
  }
}
