// Training as the page draws it: `GET /v1/training`. One round of fine-tuning after the other, the latest last.

export interface TrainingPoint {
  /** Seconds since the round began. */
  readonly seconds: number;
  readonly decisions: number;
  readonly decisionsPerSecond: number;
  readonly reward: number | null;
  readonly entropy: number | null;
  readonly policyLoss: number | null;
  readonly valueLoss: number | null;
}

export interface TrainingRound {
  readonly round: number;
  /** ISO 8601, UTC. */
  readonly begunAt: string;
  /** `learning`; `proposed`: its model went to the gate; `aborted`, `failed`. */
  readonly state: 'learning' | 'proposed' | 'aborted' | 'failed';
  /** Model that it began with, and that it ended with. */
  readonly parent: string;
  readonly model: string | null;
  readonly points: readonly TrainingPoint[];
}

export interface TrainingView {
  /** Whether this trainer goes on learning. */
  readonly enabled: boolean;
  readonly rounds: readonly TrainingRound[];
}
