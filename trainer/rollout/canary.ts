// One stage of the canary: a share of the live requests goes to the candidate. Watches its clock and its test, and says at
// any moment how it stands; what follows from that is the rollout's business.
import type { Report } from '../telemetry/report.js';
import type { RolloutOptions } from './options.js';
import { SequentialTest, type Baseline, type TestFigures } from './sequential-test.js';
import { Strata, armsOf } from './strata.js';

export interface Judgement {
  /**
   * `waiting`: not seen in the sidecars yet. `held`: no reports. `going`: not decided. `safe`: on to the next stage.
   * The others end the rollout.
   */
  readonly kind:
    'waiting' | 'held' | 'going' | 'safe' | 'worse' | 'silent' | 'refused' | 'unreachable' | 'undecided';
  /** For people, a part of a sentence. */
  readonly reason: string;
  /** Time that counts: in which sidecars reported and served the candidate. */
  readonly activeMs: number;
  readonly figures: TestFigures;
}

export interface StageOptions {
  readonly candidate: string;
  readonly current: string;
  readonly share: number;
  /** That this stage may spend. */
  readonly alpha: number;
  readonly baseline: Baseline | undefined;
}

/** Requests that the candidate should have had by now, when none is no chance any more: e^-20. */
const DUE_REQUESTS = 20;

export class CanaryStage {
  readonly #strata: Strata;
  readonly #test: SequentialTest;
  readonly #of: StageOptions;
  readonly #options: RolloutOptions;
  readonly #startedAt: number;
  #refusal: string | undefined;
  #handedOverAt: number | undefined;
  #seenAt: number | undefined;
  #reportAt: number;
  #activeMs = 0;
  /** Requests of the current model since one of the candidate was seen, or since it was handed over. */
  #currentSince = 0;

  constructor(of: StageOptions, options: RolloutOptions, now: number) {
    this.#of = of;
    this.#options = options;
    this.#strata = new Strata(of.candidate, of.current);
    this.#test = new SequentialTest({ ...options, alpha: of.alpha }, of.baseline);
    this.#startedAt = now;
    this.#reportAt = now;
  }

  /** By the sidecars or by who hands over to them, for good. */
  refused(reason: string): void {
    this.#refusal = reason;
  }

  handedOver(now: number): void {
    this.#handedOverAt ??= now;
    this.#currentSince = 0;
  }

  onReport(report: Report, now: number): void {
    const { candidate, current } = armsOf(report.models, this.#of.candidate, this.#of.current);
    const sinceMs = now - this.#reportAt;
    this.#reportAt = now;
    if (this.#seenAt !== undefined && sinceMs < this.#options.staleMs) this.#activeMs += sinceMs;
    if (candidate.requests > 0) {
      this.#seenAt = now;
      this.#currentSince = 0;
    } else this.#currentSince += current.requests;
    for (const stratum of this.#strata.add(report, now)) this.#test.add(stratum);
  }

  judge(now: number): Judgement {
    const figures = this.#test.figures();
    const as = (kind: Judgement['kind'], reason: string): Judgement => ({
      kind,
      reason,
      activeMs: this.#activeMs,
      figures,
    });
    const { minStageMs, maxStageMs, handOverMs, silentMs, staleMs } = this.#options;
    const since = this.#seenAt ?? this.#handedOverAt;
    if (figures.verdict === 'worse') return as('worse', `worse in ${WORDS[figures.worst]}`);
    if (this.#refusal !== undefined) return as('refused', `could not be published: ${this.#refusal}`);
    if (now - this.#startedAt >= maxStageMs) return as('undecided', `not decided in ${hours(maxStageMs)}`);
    if (since === undefined && now - this.#startedAt >= handOverMs)
      return as('unreachable', `could not be handed over in ${hours(handOverMs)}`);
    if (now - this.#reportAt >= staleMs) return as('held', 'no sidecar reports');
    if (since !== undefined && now - since >= silentMs && this.#due() >= DUE_REQUESTS)
      return as('silent', `no request for ${Math.round((now - since) / 1000)} s`);
    if (this.#seenAt === undefined) return as('waiting', 'not seen in the sidecars yet');
    if (figures.verdict === 'safe' && this.#activeMs >= minStageMs) return as('safe', 'not worse');
    return as('going', 'not decided yet');
  }

  /** Requests that the candidate should have had since it was last seen. */
  #due(): number {
    const { share } = this.#of;
    return (this.#currentSince * share) / (1 - share);
  }
}

const WORDS: Readonly<Record<TestFigures['worst'], string>> = {
  errors: 'failed requests',
  slow: 'requests above the p99',
  verySlow: 'requests above twice the p99',
  latency: 'latency',
};

const hours = (ms: number): string => `${Number((ms / 3_600_000).toFixed(2))} h`;

/** One line of figures, for people. */
export function summaryOf({ figures: { candidate, current, meanRatio, slowRatio } }: Judgement): string {
  const failed = ({ requests, errors }: TestFigures['candidate']) =>
    `${((100 * errors) / Math.max(1, requests)).toFixed(2)}% of ${requests} failed`;
  return (
    `mean latency x${meanRatio.value.toFixed(2)}, requests above the p99 x${slowRatio.toFixed(2)}, ` +
    `${failed(candidate)}, of the current model's ${failed(current)}`
  );
}
