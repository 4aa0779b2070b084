// The shadow: a candidate on decisions that the current model made on live traffic, before it makes any itself. It looks
// for what the gate's simulations cannot show, that live states are strange to it; what it lets pass the canary judges.
import type { Model } from '../actor/model.js';
import type { LiveRecord } from './live-records.js';
import { offPolicy, type OffPolicy } from './off-policy.js';
import { probabilities } from './replay.js';

export interface ShadowOptions {
  /** Records that a judgement takes, and that it looks at: a thousand take up to 0.8 s, in which nothing else goes on. */
  readonly records: number;
  readonly mostRecords: number;
  /** After this long the candidate passes on with a note, where the records do not come together. */
  readonly timeoutMs: number;
  /** The 95% interval of its latency as a share of the current's lies above: blocked. */
  readonly latencyRatio: number;
  /** Effective records below which that estimate is not believed. */
  readonly effectiveRecords: number;
  /** One endpoint gets so much more of a cluster's traffic, as a share of all, and so many times as much: blocked. */
  readonly concentration: { readonly more: number; readonly times: number };
}

export const SHADOW_DEFAULTS: ShadowOptions = {
  records: 500,
  mostRecords: 1000,
  timeoutMs: 300_000,
  latencyRatio: 1.05,
  effectiveRecords: 50,
  concentration: { more: 0.25, times: 1.5 },
};

export interface ShadowVerdict {
  readonly passed: boolean;
  readonly records: number;
  /** Why it is blocked, or what it passed without. */
  readonly reasons: readonly string[];
  /** Mean share of the probability that both models give to the same endpoints. */
  readonly agreement?: number;
  readonly estimate?: OffPolicy;
  /** Where the candidate concentrates most, the largest share of an endpoint under each model. */
  readonly largestShare?: Concentration;
}

interface Concentration {
  readonly cluster: string;
  readonly candidate: number;
  readonly current: number;
}

/** @param all decisions of `current`; of many, some evenly */
export function judgeShadow(
  candidate: Model,
  current: Model,
  all: readonly LiveRecord[],
  options: ShadowOptions = SHADOW_DEFAULTS,
): ShadowVerdict {
  const every = Math.ceil(all.length / options.mostRecords);
  const records = all.filter((_, i) => i % every === 0);
  const chances = records.map((record) => probabilities(candidate, record));
  if (chances.some((of) => !of.every(Number.isFinite)))
    return { passed: false, records: records.length, reasons: ['its probabilities are not finite'] };
  const usual = records.map((record) => probabilities(current, record));
  const estimate = offPolicy(records, chances);
  const largestShare = concentration(records, chances, usual);
  const reasons = [...slower(estimate, options), ...concentrated(largestShare, options)];
  const agreement = chances.reduce((sum, of, i) => sum + overlap(of, usual[i]!), 0) / records.length;
  return {
    passed: reasons.length === 0,
    records: records.length,
    reasons,
    agreement,
    estimate,
    largestShare,
  };
}

function slower({ doublyRobust, effectiveRecords }: OffPolicy, options: ShadowOptions): string[] {
  const [low, high] = (doublyRobust.interval ?? [NaN, NaN]).map(Math.exp);
  if (effectiveRecords < options.effectiveRecords || !(low! > options.latencyRatio)) return [];
  return [`estimated ${low!.toFixed(2)} to ${high!.toFixed(2)} times as slow on live decisions`];
}

function concentrated(of: Concentration, { concentration: { more, times } }: ShadowOptions): string[] {
  const { cluster, candidate, current } = of;
  if (candidate - current <= more || candidate <= times * current) return [];
  const percent = (share: number) => `${(100 * share).toFixed(0)}%`;
  return [`sends ${percent(candidate)} of ${cluster} to one endpoint, the current model ${percent(current)}`];
}

const overlap = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, chance, i) => sum + Math.min(chance, b[i]!), 0);

/** Rows are in the order of a proxy's table: the same row of tables of the same size is, mostly, the same endpoint. */
function concentration(
  records: readonly LiveRecord[],
  chances: readonly Float64Array[],
  usual: readonly Float64Array[],
): Concentration {
  const tables = new Map<string, number[]>();
  records.forEach(({ cluster, endpoints }, i) => {
    const key = `${endpoints} ${cluster}`;
    tables.set(key, [...(tables.get(key) ?? []), i]);
  });
  const largest = (of: readonly Float64Array[], rows: readonly number[]) => {
    const sums = new Float64Array(of[rows[0]!]!.length);
    for (const i of rows) of[i]!.forEach((chance, endpoint) => (sums[endpoint]! += chance / rows.length));
    return Math.max(...sums);
  };
  const all = [...tables.values()].map((rows) => ({
    cluster: records[rows[0]!]!.cluster,
    candidate: largest(chances, rows),
    current: largest(usual, rows),
  }));
  return all.reduce((worst, of) =>
    of.candidate - of.current > worst.candidate - worst.current ? of : worst,
  );
}
