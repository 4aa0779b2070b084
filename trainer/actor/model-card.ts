// The model card: what a model is and where it comes from, JSON beside the model file.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { decodeModel, encodeModel } from './model-file.js';
import { ModelError, type Model } from './model.js';

/** One policy on one scenario, named as in the results of `weir evaluate`. */
export interface EvaluationRow {
  readonly scenario: string;
  readonly policy: string;
  readonly seed: number;
  readonly requests: number;
  readonly meanMs: number;
  readonly p99Ms: number;
  readonly [figure: string]: string | number;
}

export interface ModelCard {
  readonly id: string;
  /** Id of the model that training started from; null for the first. */
  readonly parent: string | null;
  readonly algorithm: string;
  readonly hyperparameters: Readonly<Record<string, string | number | boolean>>;
  readonly seed: number;
  /** Names of the scenarios it was trained on. */
  readonly scenarios: readonly string[];
  readonly evaluation: readonly EvaluationRow[];
  /** ISO 8601, UTC. */
  readonly created: string;
  /** Of the model file, in bytes. */
  readonly size: number;
}

export type CardFacts = Omit<ModelCard, 'id' | 'size'>;

/** `models/a.weir` has its card in `models/a.json`. */
export function cardPath(modelPath: string): string {
  return modelPath.replace(/(\.weir)?$/, '.json');
}

/** Writes the model and its card; the card first, so that whoever sees a new model finds its card. */
export function writeModel(path: string, model: Model, facts: CardFacts): ModelCard {
  const bytes = encodeModel(model);
  const card: ModelCard = { id: model.id, ...facts, size: bytes.length };
  mkdirSync(dirname(path), { recursive: true });
  replaceFile(cardPath(path), `${JSON.stringify(card, null, 2)}\n`);
  replaceFile(path, bytes);
  return card;
}

/** Throws a ModelError that names the file when it is not a model. */
export function readModel(path: string): Model {
  const bytes = readFileSync(path);
  try {
    return decodeModel(bytes);
  } catch (error) {
    if (error instanceof ModelError) throw new ModelError(`${path}: ${error.message}`);
    throw error;
  }
}

/** By rename: a reader sees the old file or the new one, never half of it. */
function replaceFile(path: string, content: string | Uint8Array): void {
  const part = `${path}.${process.pid}.tmp`;
  writeFileSync(part, content);
  renameSync(part, path);
}
