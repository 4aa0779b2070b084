// The last rounds of fine-tuning as charts show them, bounded in rounds and points.
import type { TrainingReport } from './training.js';
import type { TrainingPoint, TrainingRound } from './training-view.js';

export const MAX_ROUNDS = 20;
export const MAX_POINTS = 500;

export class TrainingLog {
  readonly #rounds: LoggedRound[] = [];
  #count = 0;

  /**
   * @param parent id of the model that the round begins with
   * @param wallMs Unix time
   */
  begin(parent: string, wallMs: number): LoggedRound {
    const round = new LoggedRound(++this.#count, parent, new Date(wallMs).toISOString());
    this.#rounds.push(round);
    if (this.#rounds.length > MAX_ROUNDS) this.#rounds.shift();
    return round;
  }

  /** The latest last. */
  rounds(): TrainingRound[] {
    return this.#rounds.map((round) => round.view());
  }
}

export class LoggedRound {
  state: TrainingRound['state'] = 'learning';
  /** Id of what it ended with. */
  model: string | null = null;
  /** Every #step-th point, so that they are even; the newest is beside them. */
  #points: TrainingPoint[] = [];
  #newest: TrainingPoint | undefined;
  #step = 1;
  #count = 0;

  /** @param round number of it, from 1 since the start of the trainer */
  constructor(
    readonly round: number,
    readonly parent: string,
    readonly begunAt: string,
  ) {}

  add(report: Pick<TrainingReport, 'elapsedMs' | 'decisions' | 'metrics'>): void {
    this.#newest = pointOf(report);
    if (this.#count++ % this.#step !== 0) return;
    this.#points.push(this.#newest);
    if (this.#points.length < MAX_POINTS) return;
    this.#points = this.#points.filter((_, i) => i % 2 === 0);
    this.#step *= 2;
  }

  view(): TrainingRound {
    const { round, begunAt, state, parent, model } = this;
    const newest = this.#newest;
    const isKept = newest === undefined || newest === this.#points.at(-1);
    const points = isKept ? [...this.#points] : [...this.#points, newest];
    return { round, begunAt, state, parent, model, points };
  }
}

function pointOf({
  elapsedMs,
  decisions,
  metrics,
}: Pick<TrainingReport, 'elapsedMs' | 'decisions' | 'metrics'>): TrainingPoint {
  const { entropy, policyLoss, valueLoss } = metrics;
  return {
    seconds: elapsedMs / 1000,
    decisions,
    decisionsPerSecond: elapsedMs > 0 ? (decisions * 1000) / elapsedMs : 0,
    reward: finite(metrics.return),
    entropy: finite(entropy),
    policyLoss: finite(policyLoss),
    valueLoss: finite(valueLoss),
  };
}

/** JSON has no NaN, which a training that diverges has. */
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
