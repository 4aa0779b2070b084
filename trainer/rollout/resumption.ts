// What becomes of a rollout that the trainer left when it ended.
import type { RolloutOptions } from './options.js';
import type { RolloutRun } from './state.js';

export type Resumption =
  | { readonly goesOn: true; readonly why: string }
  | { readonly goesOn: false; readonly outcome: 'rejected' | 'rolled-back'; readonly why: string };

/**
 * In the gate and the shadow nothing had traffic: they begin again. A canary goes on, with a new test of its stage, where
 * nobody watched it for no longer than it may be silent while somebody does; for longer, nobody knows what it did.
 */
export function resumption(
  run: RolloutRun,
  isReadable: boolean,
  wallMs: number,
  { maxRestarts, unwatchedMs }: Pick<RolloutOptions, 'maxRestarts' | 'unwatchedMs'>,
): Resumption {
  const outcome = run.phase === 'canary' ? 'rolled-back' : 'rejected';
  const awayMs = wallMs - run.watchedAt;
  const why = `the trainer was away for ${Math.round(awayMs / 1000)} s`;
  if (!isReadable) return { goesOn: false, outcome, why: 'its file cannot be read' };
  if (run.restarts >= maxRestarts)
    return { goesOn: false, outcome, why: `the trainer ended ${run.restarts + 1} times meanwhile` };
  // Below 0 the clock was set back, and does not tell.
  if (run.phase === 'canary' && !(awayMs >= 0 && awayMs <= unwatchedMs))
    return { goesOn: false, outcome, why };
  return { goesOn: true, why };
}
