// A sample of a run's decisions, read out of simulator.wasm: what a learner learns from.
import { CONTEXT, FEATURES } from '../actor/model.js';

/** In the order of `RecordField` in plugin/simulator/learning-bindings.ts. */
// prettier-ignore
export const RECORD_FIELDS = [
  'decisions', 'rows', 'features', 'base', 'weight', 'hidden', 'number', 'first', 'chosen', 'service', 'context',
  'outcomes', 'outcomeNumber', 'outcomeEnding', 'outcomeLatency', 'outcomeDelayed',
] as const;
export type RecordField = (typeof RECORD_FIELDS)[number];

/** What is known of an endpoint that no proxy sees, in the order of `reveal` in plugin/simulator/records.ts. */
// prettier-ignore
export const HIDDEN_FIELDS = [
  /** Ms that this request would take there, and of these on a slot: as it is, and as its class is on average. */
  'latencyMs', 'ownMs', 'expectedMs',
  /** Ms of work left for each slot; jobs on their way, waiting and on a slot; slots; busy share of them. */
  'backlogMs', 'assigned', 'slots', 'cpu',
  /** Probability that a request fails there. */
  'failure',
  /** Memory utilisation. */
  'memory',
] as const;
export const HIDDEN = HIDDEN_FIELDS.length;

/** Decisions as plain arrays: B decisions, R rows, one row for each endpoint of each decision. */
export interface Decisions {
  readonly count: number;
  readonly rows: number;
  /** B: what outcomes refer to. */
  readonly number: Int32Array;
  /** B + 1: rows `first[d]` to `first[d + 1]` are those of decision d. */
  readonly first: Int32Array;
  /** B: the row that was chosen. */
  readonly chosen: Int32Array;
  /** B: place of the service in the scenario. */
  readonly service: Int32Array;
  /** B x CONTEXT. */
  readonly context: Int8Array;
  /** R x FEATURES. */
  readonly features: Int8Array;
  /** R: the score of `ewma-full`, log2 units. */
  readonly base: Float32Array;
  /** R: probability of the choice; -1 where the endpoint could not be chosen. */
  readonly weight: Float32Array;
  /** R x HIDDEN. */
  readonly hidden: Float32Array;
  readonly outcomes: Outcomes;
}

/** What became known since the last call, of decisions of this or of an earlier one. */
export interface Outcomes {
  readonly count: number;
  readonly number: Int32Array;
  /** 0 answered, above 0 failed (`Ending` in plugin/simulator/job.ts). */
  readonly ending: Int32Array;
  /** Of the request, ms. */
  readonly latency: Float32Array;
  /** Ms by which it delayed the next 64 behind it, all together. */
  readonly delayed: Float32Array;
}

/** Copies the records that lie in an instance's memory. */
export function readDecisions(memory: ArrayBuffer, field: (name: RecordField) => number): Decisions {
  const count = field('decisions');
  const rows = field('rows');
  const outcomes = field('outcomes');
  const floats = (name: RecordField, length: number) => new Float32Array(memory, field(name), length).slice();
  const words = (name: RecordField, length: number) => new Int32Array(memory, field(name), length).slice();
  const bytes = (name: RecordField, length: number) => new Int8Array(memory, field(name), length).slice();
  return {
    count,
    rows,
    number: words('number', count),
    first: words('first', count + 1),
    chosen: words('chosen', count),
    service: words('service', count),
    context: bytes('context', count * CONTEXT),
    features: bytes('features', rows * FEATURES),
    base: floats('base', rows),
    weight: floats('weight', rows),
    hidden: floats('hidden', rows * HIDDEN),
    outcomes: {
      count: outcomes,
      number: words('outcomeNumber', outcomes),
      ending: words('outcomeEnding', outcomes),
      latency: floats('outcomeLatency', outcomes),
      delayed: floats('outcomeDelayed', outcomes),
    },
  };
}
