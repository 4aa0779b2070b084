// The decisions of a run as objects, each with its rows and what came of it.
import { expect } from 'vitest';
import { ENDPOINT_FEATURES } from '../../../trainer/actor/features.js';
import { CONTEXT, FEATURES } from '../../../trainer/actor/model.js';
import { HIDDEN, HIDDEN_FIELDS, type Decisions } from '../../../trainer/environment/decisions.js';
import type { Scenario } from '../../../trainer/environment/scenario.js';
import type { SimulationOptions, Simulator } from '../../../trainer/environment/simulator.js';
import { simulator } from './support.js';

export interface Row {
  readonly features: Int8Array;
  readonly base: number;
  readonly weight: number;
  readonly hidden: Readonly<Record<(typeof HIDDEN_FIELDS)[number], number>>;
}

export interface Decision {
  readonly number: number;
  readonly service: number;
  readonly context: Int8Array;
  readonly rows: readonly Row[];
  readonly chosen: Row;
}

export interface Outcome {
  readonly number: number;
  readonly ending: number;
  readonly latency: number;
  readonly delayed: number;
}

/** Of a row, in its own units (`features` are in units of 1/32). */
export const feature = (row: Row, name: (typeof ENDPOINT_FEATURES)[number]): number =>
  row.features[ENDPOINT_FEATURES.indexOf(name)]! / 32;

export function decisionsOf(batch: Decisions): Decision[] {
  const rows = Array.from({ length: batch.rows }, (_, r): Row => ({
    features: batch.features.slice(r * FEATURES, (r + 1) * FEATURES),
    base: batch.base[r]!,
    weight: batch.weight[r]!,
    hidden: Object.fromEntries(
      HIDDEN_FIELDS.map((name, k) => [name, batch.hidden[r * HIDDEN + k]!]),
    ) as Row['hidden'],
  }));
  return Array.from({ length: batch.count }, (_, d) => ({
    number: batch.number[d]!,
    service: batch.service[d]!,
    context: batch.context.slice(d * CONTEXT, (d + 1) * CONTEXT),
    rows: rows.slice(batch.first[d], batch.first[d + 1]),
    chosen: rows[batch.chosen[d]!]!,
  }));
}

export function outcomesOf({ outcomes }: Decisions): Outcome[] {
  const { number, ending, latency, delayed } = outcomes;
  return Array.from({ length: outcomes.count }, (_, i) => ({
    number: number[i]!,
    ending: ending[i]!,
    latency: latency[i]!,
    delayed: delayed[i]!,
  }));
}

export const ALL = { share: 1, decisions: 4_000, rows: 40_000 } as const;

export interface Recorded {
  readonly mesh: Simulator;
  readonly decisions: readonly Decision[];
  readonly outcomes: readonly Outcome[];
  readonly outcomeOf: ReadonlyMap<number, Outcome>;
}

/** A whole run under the actor with all its decisions, read every `everyMs`. */
export function recorded(
  scenario: Scenario,
  options: Partial<SimulationOptions> = {},
  everyMs = 500,
): Recorded {
  const mesh = simulator(scenario, 'actor', { record: ALL, ...options });
  const decisions: Decision[] = [];
  const outcomes: Outcome[] = [];
  let going = true;
  for (let at = everyMs; going; at += everyMs) {
    going = mesh.advance(at);
    expect(mesh.recorded(), 'no room').toBeLessThan((options.record ?? ALL).decisions);
    const batch = mesh.takeDecisions();
    decisions.push(...decisionsOf(batch));
    outcomes.push(...outcomesOf(batch));
  }
  return { mesh, decisions, outcomes, outcomeOf: new Map(outcomes.map((each) => [each.number, each])) };
}
