// Every number of a rollout, with its default; docs/rollout.md says why.
import { SHADOW_DEFAULTS, type ShadowOptions } from './shadow.js';
import type { TestOptions } from './sequential-test.js';

export interface RolloutOptions extends TestOptions {
  /** Share of the requests that the candidate gets, stage by stage. */
  readonly shares: readonly number[];
  /** A stage lasts at least so long, of time in which sidecars report and serve the candidate. */
  readonly minStageMs: number;
  /** A stage that cannot be decided for so long ends the rollout. */
  readonly maxStageMs: number;
  /** A candidate that could not be handed over, nor is seen, for so long is withdrawn. */
  readonly handOverMs: number;
  /** Without a request of the candidate for so long, where some were due, it is withdrawn. */
  readonly silentMs: number;
  /** Without a report for so long a stage is held. */
  readonly staleMs: number;
  /** A canary that nobody watched for longer than this, while no trainer ran, is withdrawn. */
  readonly unwatchedMs: number;
  /** Restarts of the trainer after which a rollout is given up: it may be what ends it. */
  readonly maxRestarts: number;
  /** After a rejection or a rollback nothing is proposed for so long. */
  readonly coolDownMs: number;
  readonly shadow: ShadowOptions;
}

export const ROLLOUT_DEFAULTS: RolloutOptions = {
  shares: [0.05, 0.25, 0.5],
  alpha: 0.05,
  beta: 0.05,
  slowRatio: 2,
  errorsMore: 0.01,
  meanRatio: 1.1,
  minStageMs: 60_000,
  maxStageMs: 24 * 3_600_000,
  handOverMs: 3_600_000,
  silentMs: 60_000,
  staleMs: 30_000,
  unwatchedMs: 60_000,
  maxRestarts: 3,
  coolDownMs: 600_000,
  shadow: SHADOW_DEFAULTS,
};
