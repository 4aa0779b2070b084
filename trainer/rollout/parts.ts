// What a rollout is made with, what it is asked, and what it shows.
import type { Model } from '../actor/model.js';
import type { EventSink } from '../telemetry/event.js';
import type { Judgement } from './canary.js';
import type { GateVerdict } from './gate.js';
import type { KeeperParts } from './keeper.js';
import type { LiveRecords } from './live-records.js';
import type { TestFigures } from './sequential-test.js';
import type { RolloutRun, RolloutState } from './state.js';

export interface RolloutParts extends KeeperParts {
  readonly events: EventSink;
  /** Filled by who gets the reports. */
  readonly records: Pick<LiveRecords, 'of'>;
  readonly gate: (candidate: Model, current: Model, signal: AbortSignal) => Promise<GateVerdict>;
  /** Called when a candidate was worse on live traffic: the moment to keep a snapshot of the twin as an incident. */
  readonly onHarm: (reason: string) => void;
  /** Ms since 1970. */
  readonly wallNow: () => number;
}

export interface Proposal {
  /** A user's name, or `trainer`. */
  readonly by: string;
  /** Skips the gate, the shadow and the cool-down, never the canary. */
  readonly force?: boolean;
}

/** A command that the rollout does not take now; the message says why and what to do. */
export class RolloutRefused extends Error {
  override readonly name = 'RolloutRefused';
}

export interface RolloutView {
  readonly phase: 'idle' | RolloutRun['phase'];
  readonly current: string;
  readonly previous: string | null;
  readonly candidate: string | null;
  readonly by: string | null;
  readonly forced: boolean;
  /** Of the requests, what the candidate gets. */
  readonly share: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string | null;
  /** What it waits for, or how it stands. */
  readonly note: string;
  readonly figures: TestFigures | null;
  readonly last: RolloutState['last'];
  /** Ms until something may be proposed again. */
  readonly coolDownMs: number;
}

export function viewOf(
  { run, current, history, last, coolUntil }: RolloutState,
  judgement: Judgement | undefined,
  share: number,
  wallMs: number,
): RolloutView {
  return {
    phase: run?.phase ?? 'idle',
    current,
    previous: history.at(-1) ?? null,
    candidate: run?.candidate ?? null,
    by: run?.by ?? null,
    forced: run?.forced ?? false,
    share,
    startedAt: run ? new Date(run.startedAt).toISOString() : null,
    note: judgement?.reason ?? (run ? `in the ${run.phase}` : 'no rollout is under way'),
    figures: judgement?.figures ?? null,
    last,
    coolDownMs: Math.max(0, coolUntil - wallMs),
  };
}
