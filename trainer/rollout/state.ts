// What a rollout remembers over restarts. It is written before what it says is published, so that a trainer which dies at
// any moment finds at least as much as the sidecars may have got.
import { z } from 'zod';
import { isModelId } from '../actor/model-id.js';

/** Where the state is kept; the registry's documents are such a store. */
export interface StateStore {
  /** What was written last, by whatever version; undefined before the first write. */
  read(): unknown;
  /** Resolves when it would outlive this process. @throws {Error} where it would not; what was there before stays */
  write(state: RolloutState): Promise<void>;
}

const id = z.string().refine(isModelId, 'is not a model id');
const wallMs = z.number();

const run = z.object({
  candidate: id,
  by: z.string(),
  /** Went past the gate. */
  forced: z.boolean(),
  phase: z.enum(['gate', 'shadow', 'canary']),
  /** Place in the list of shares, of the phase `canary`. */
  stage: z.int().min(0),
  /** Tests begun on live traffic, each of which has spent a part of alpha. */
  tests: z.int().min(0),
  /** Restarts of the trainer that it has outlived. */
  restarts: z.int().min(0),
  startedAt: wallMs,
  /** When a trainer last watched over it. */
  watchedAt: wallMs,
});

export const rolloutStateSchema = z.object({
  version: z.literal(1),
  current: id,
  /** What served before, newest last: where a rollback goes. */
  history: z.array(id),
  run: run.nullable(),
  /** How the last one ended. */
  last: z
    .object({
      candidate: id,
      outcome: z.enum(['promoted', 'rejected', 'rolled-back', 'aborted']),
      reason: z.string(),
      at: wallMs,
    })
    .nullable(),
  /** Before it nothing is proposed, except by force. */
  coolUntil: wallMs,
});

export type RolloutState = z.infer<typeof rolloutStateSchema>;
export type RolloutRun = NonNullable<RolloutState['run']>;
export type Outcome = NonNullable<RolloutState['last']>['outcome'];

export const MAX_HISTORY = 10;

/** For a store that checks what it keeps, and keeps the models that it speaks of. */
export const rolloutDocument = {
  name: 'rollout',
  schema: rolloutStateSchema,
  models: ({ current, history, run: of }: RolloutState): string[] => [
    current,
    ...history,
    ...(of ? [of.candidate] : []),
  ],
};

export const firstState = (current: string): RolloutState => ({
  version: 1,
  current,
  history: [],
  run: null,
  last: null,
  coolUntil: 0,
});
