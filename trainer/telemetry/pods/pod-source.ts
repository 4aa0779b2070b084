// What is known of pods by their addresses. Time is an argument.
import type { Share } from './pod-use.js';

export interface KnownPod {
  /** `namespace/name`. */
  readonly pod: string;
  readonly cpu?: Share;
  readonly memory?: Share;
  /** Ms of the trainer's clock: end of the time that was measured, and until when it counts. */
  readonly at: number;
  readonly until: number;
  readonly windowMs: number;
}

export interface PodSource {
  /** Undefined where nothing is known, or no more. */
  of(ip: string, now: number): KnownPod | undefined;
  /** Number of pods that something is known of. */
  pods(now: number): number;
  /** Since all that was asked for was read; since the start where it never was. */
  ageMs(now: number): number;
  close(): void;
}
