// Two models side by side: shape, hyperparameters, evaluation, and how far apart their weights are.
import type { EvaluationRow, ModelCard } from '../../actor/model-card.js';
import { CONTEXT, FEATURES, type Model } from '../../actor/model.js';

/** What only one side has is null on the other. */
export interface Pair<T> {
  readonly a: T | null;
  readonly b: T | null;
}

export interface ModelDiff {
  readonly id: Pair<string>;
  readonly shape: Pair<string>;
  readonly temperature: Pair<number>;
  readonly algorithm: Pair<string>;
  /** Those that differ. */
  readonly hyperparameters: Readonly<Record<string, Pair<string | number | boolean>>>;
  readonly evaluation: readonly EvaluationPair[];
  /**
   * Of each layer |A - B| / mean(|A|, |B|), Frobenius norms of the weights as they act (scales included); 0 = the same,
   * 2 = the opposite. Null where the shapes differ. Hidden units may be exchanged without a change of what the network
   * does, so that it says something within a family and nothing between strangers.
   */
  readonly weightDistance: Readonly<Record<Layer, number>> | null;
}

export interface EvaluationPair {
  readonly scenario: string;
  readonly policy: string;
  readonly seed: number;
  readonly meanMs: Pair<number>;
  readonly p99Ms: Pair<number>;
}

type Layer = 'layer1' | 'layer2' | 'output';

interface Side {
  readonly model: Model;
  readonly card: ModelCard;
}

export function diffModels(a: Side, b: Side): ModelDiff {
  const pair = <T>(of: (side: Side) => T): Pair<T> => ({ a: of(a), b: of(b) });
  const isSameShape = shapeOf(a.model) === shapeOf(b.model);
  return {
    id: pair(({ model }) => model.id),
    shape: pair(({ model }) => shapeOf(model)),
    temperature: pair(({ model }) => model.temperature),
    algorithm: pair(({ card }) => card.algorithm),
    hyperparameters: diffHyperparameters(a.card, b.card),
    evaluation: diffEvaluation(a.card.evaluation, b.card.evaluation),
    weightDistance: isSameShape ? distances(a.model, b.model) : null,
  };
}

const shapeOf = ({ hidden1, hidden2 }: Model) => `${FEATURES}+${CONTEXT}/${hidden1}/${hidden2}`;

function diffHyperparameters(a: ModelCard, b: ModelCard): ModelDiff['hyperparameters'] {
  const [ours, theirs] = [a.hyperparameters, b.hyperparameters];
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
  const differing = names.filter((name) => ours[name] !== theirs[name]);
  return Object.fromEntries(
    differing.map((name) => [name, { a: ours[name] ?? null, b: theirs[name] ?? null }]),
  );
}

function diffEvaluation(a: readonly EvaluationRow[], b: readonly EvaluationRow[]): EvaluationPair[] {
  const keyOf = ({ scenario, policy, seed }: EvaluationRow) => JSON.stringify([scenario, policy, seed]);
  const ours = new Map(a.map((row) => [keyOf(row), row]));
  const theirs = new Map(b.map((row) => [keyOf(row), row]));
  return [...new Map([...ours, ...theirs])].map(([key, { scenario, policy, seed }]) => {
    const [left, right] = [ours.get(key), theirs.get(key)];
    const pair = (figure: 'meanMs' | 'p99Ms') => ({ a: left?.[figure] ?? null, b: right?.[figure] ?? null });
    return { scenario, policy, seed, meanMs: pair('meanMs'), p99Ms: pair('p99Ms') };
  });
}

function distances(a: Model, b: Model): Record<Layer, number> {
  const distance = (layer: Layer) => relative(actingWeights(a, layer), actingWeights(b, layer));
  return { layer1: distance('layer1'), layer2: distance('layer2'), output: distance('output') };
}

/** int8 weights times the scale of their channel: what they were before they were quantised, to within rounding. */
function actingWeights(model: Model, layer: Layer): readonly number[] {
  switch (layer) {
    case 'layer1':
      return [...scaled(model.w1, model.scale1), ...scaled(model.v1, model.scale1)];
    case 'layer2':
      return [...scaled(model.w2, model.scale2), ...scaled(model.u2, model.scale2)];
    case 'output':
      return Array.from(model.w3, (weight) => weight * model.outputScale);
  }
}

function scaled(weights: Int8Array, scales: Float32Array): number[] {
  const columns = weights.length / scales.length;
  return Array.from(weights, (weight, i) => weight * scales[Math.floor(i / columns)]!);
}

function relative(a: readonly number[], b: readonly number[]): number {
  const size = (norm(a) + norm(b)) / 2;
  return size === 0 ? 0 : norm(a.map((value, i) => value - b[i]!)) / size;
}

const norm = (values: readonly number[]) => Math.hypot(...values);
