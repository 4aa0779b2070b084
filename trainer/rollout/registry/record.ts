// What the registry knows of a model beside its file: where it comes from, how it was judged, what became of it.
import { z } from 'zod';
import type { ModelCard } from '../../actor/model-card.js';
import { isModelId } from '../../actor/model-id.js';
import { checked } from './sealed.js';

const id = z.string().refine(isModelId, 'is not a model id');
const date = z.iso.datetime();

const record = z.object({
  id,
  /** Grows with every model that is added: an order that no clock can turn round. */
  serial: z.int().min(1),
  /** What to go back to from it: the model that it was learned from, or that served before. */
  parent: id.nullable(),
  createdAt: date,
  /** `shipped`, `trainer@HOST` or a user's name. */
  createdBy: z.string().min(1),
  /** One line on how it came about. */
  source: z.string(),
  /** The gate's numbers; null until it was judged. */
  evaluation: z.json().nullable(),
  /** Every step of its rollout, oldest first. */
  stages: z.array(z.object({ stage: z.string().min(1), at: date, reason: z.string() })),
  /** Of the card beside it. */
  cardCrc32: z.string(),
});

export type ModelRecord = z.infer<typeof record>;

const row = z.object({
  scenario: z.string(),
  policy: z.string(),
  seed: z.number(),
  requests: z.number(),
  meanMs: z.number(),
  p99Ms: z.number(),
});

const card = z.object({
  id,
  parent: id.nullable(),
  algorithm: z.string(),
  hyperparameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  seed: z.number(),
  scenarios: z.array(z.string()),
  evaluation: z.array(row.catchall(z.union([z.string(), z.number()]))),
  created: z.string(),
  size: z.number(),
});

/** @throws {CorruptError} that names the field */
export const parseRecord = (value: unknown): ModelRecord => checked(record, value);

/** @throws {CorruptError} that names the field */
export const parseCard = (value: unknown): ModelCard => checked(card, value);
