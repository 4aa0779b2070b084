// What only a simulation tells: the shape of the service times, and the slots where nobody says utilisation. Candidates are
// simulated as the windows were, under the policy that served then, and the one whose latencies are those measured wins.
import { draftScenario, type Draft } from './draft.js';
import { classMix } from './estimate-classes.js';
import type { Estimate } from './estimate.js';
import { serviceMs } from './estimate-slots.js';
import { misfit, ownMisfit } from './misfit.js';
import { merged, quantileOf } from './quantiles.js';
import { sum } from './series.js';
import { shapeQuantile, type Shape } from './shape.js';
import type { SimulateOptions, TwinRun } from './simulate.js';

export interface Fit {
  readonly draft: Draft;
  /** Root mean square of the log ratios of simulated to measured quantiles. */
  readonly misfit: number;
}

/** Requests of one simulation, by the utilisation up to which they do: near saturation queues swing for long. */
const REQUESTS = [
  [0.75, 12_000],
  [0.85, 20_000],
  [Infinity, 40_000],
] as const;
const LEAST_REQUESTS = 6000;
const WARMUP_SHARE = 0.1;
/** Where what happened has its times, all of it is simulated; the start is cold then as it was not. */
const WARMUP_OF_ALL = 0.02;
const SIGMAS = [0.2, 0.45, 0.7, 1, 1.35, 1.8];
const ALPHAS = [1.4, 1.8, 2.3, 3.2];
const SHAPES: readonly Shape[] = [
  { kind: 'exponential' },
  { kind: 'deterministic' },
  ...SIGMAS.map((sigma): Shape => ({ kind: 'lognormal', sigma })),
  ...ALPHAS.map((alpha): Shape => ({ kind: 'pareto', alpha })),
];
/** Enough to tell slots apart. */
const ROUGH: readonly Shape[] = [
  { kind: 'exponential' },
  ...[0.3, 0.6, 1, 1.5].map((sigma): Shape => ({ kind: 'lognormal', sigma })),
  { kind: 'pareto', alpha: 1.6 },
  { kind: 'pareto', alpha: 2.5 },
];
const STEPS = [0.85, 0.925, 1, 1.075, 1.15];
/** Of the most that the network can take. */
const NETWORK_SHARES = [0.15, 0.55, 1];
const SLOTS = [1, 2, 3, 4, 6, 8, 12, 16];
/** A simpler family is preferred that fits no worse than this much. */
const SIMPLER = 0.01;
/** Beyond this misfit no family will do, and service times are taken as they were seen. */
const NO_FAMILY = 0.05;
/** Slots that are tried beside those that an endpoint seems to have, and by how much they must fit better. */
const VARIANTS = [(n: number) => n - 1, (n: number) => n + 1, (n: number) => n * 1.5, (n: number) => n / 2];
const CLEARLY = 0.12;
/** Answers by which a median is half believed. */
const VOUCHED = 300;
const SAMPLES = 400;
const CORRECTIONS = 4;

export function fit(estimate: Estimate, options: SimulateOptions): Fit {
  const isSlotsKnown = estimate.endpoints.every(({ slots }) => slots !== undefined);
  const shapes = isSlotsKnown ? SHAPES : ROUGH;
  const counts = isSlotsKnown ? [undefined] : SLOTS;
  const drafts = counts.flatMap((slots) => shapes.map((shape) => draftOf(estimate, shape, slots)));
  const rough = best(tryAll(drafts, estimate, options));
  const slots = otherSlots(rough, estimate, options);
  const isSame = slots.every((count, i) => count === rough.draft.slots[i]);
  // Other slots, or slots that were searched, ask for another look at all shapes.
  const again = isSame && isSlotsKnown ? [] : SHAPES.map((shape) => draftWith(estimate, shape, slots));
  const known = isSame ? [rough] : [];
  const first = best([...known, ...tryAll(again, estimate, options)]);
  const paced = best([first, ...tryAll([repaced(first, estimate)], estimate, options)]);
  const second = best([paced, ...tryAll(finer(paced.draft, estimate), estimate, options)]);
  return second.misfit > NO_FAMILY ? asSeen(second, estimate, options) : second;
}

/**
 * Slots by endpoint: all are varied at once, and each keeps what fits its own latencies best. Utilisation stays what it was,
 * so that what one endpoint tries hardly concerns the others.
 */
function otherSlots(from: Tried, estimate: Estimate, options: SimulateOptions): readonly number[] {
  const { shape, slots } = from.draft;
  const variants = VARIANTS.map((vary) =>
    slots.map((count, i) => {
      const varied = Math.max(1, Math.round(vary(count)));
      const { possibleSlots, mostSlots } = estimate.endpoints[i]!;
      if (possibleSlots.length === 0) return Math.min(varied, mostSlots);
      return possibleSlots.includes(varied) ? varied : count;
    }),
  );
  const tried = tryAll(
    variants.map((counts) => draftWith(estimate, shape, counts)),
    estimate,
    options,
  );
  return slots.map((count, i) => {
    const usual = ownMisfit(from.run, estimate, i);
    const [least] = tried.toSorted(
      (a, b) => ownMisfit(a.run, estimate, i) - ownMisfit(b.run, estimate, i),
    ) as [Tried];
    return ownMisfit(least.run, estimate, i) < usual - CLEARLY ? least.draft.slots[i]! : count;
  });
}

/** Service times nearer to what the endpoints' own medians ask for, by as much as their answers can vouch for. */
function repaced({ draft, run }: Tried, estimate: Estimate): Draft {
  const paces = estimate.endpoints.map(({ load, latency }, i) => {
    const [is, was] = [quantileOf(run.endpoints[i]!.latency, 0.5), quantileOf(latency, 0.5)];
    if (is === undefined || was === undefined) return 1;
    const busy = Math.min(0.95, busyOf(estimate, draft, i) / draft.slots[i]!);
    // Near saturation a little service time makes a large latency.
    return (was / is) ** ((1 - busy) * (load.answers / (load.answers + VOUCHED)));
  });
  return { ...draft, serviceMs: draft.serviceMs.map((ms, i) => ms * paces[i]!) };
}

/** @param slots of every endpoint, as far as its pod allows them; undefined: what utilisation says */
const draftOf = (estimate: Estimate, shape: Shape, slots: number | undefined): Draft =>
  draftWith(
    estimate,
    shape,
    estimate.endpoints.map((one) => (slots === undefined ? one.slots! : Math.min(slots, one.mostSlots))),
  );

function draftWith(
  { endpoints, networkMs, classes }: Estimate,
  shape: Shape,
  slots: readonly number[],
): Draft {
  const own = endpoints.map(({ load }, i) => serviceMs(load, slots[i]!));
  const mix = classMix(classes, own);
  return { shape, slots, serviceMs: own.map((ms, i) => ms / mix.means[i]!), networkMs, mix };
}

/** Busy slots of an endpoint. */
export const busyOf = ({ endpoints }: Estimate, { serviceMs, mix }: Draft, i: number): number =>
  (endpoints[i]!.load.rate * serviceMs[i]! * mix.means[i]!) / 1000;

/** Of a simulation that is to tell quantiles. */
export const requestsFor = (estimate: Estimate, draft: Draft): number =>
  REQUESTS.find(([load]) => utilisation(estimate, draft) < load)![1];

/** Busy share of all slots. */
function utilisation(estimate: Estimate, draft: Draft): number {
  return sum(estimate.endpoints.map((_, i) => busyOf(estimate, draft, i))) / sum(draft.slots);
}

interface Tried extends Fit {
  readonly run: TwinRun;
}

function tryAll(drafts: readonly Draft[], estimate: Estimate, options: SimulateOptions): Tried[] {
  const { simulate, policy, seed } = options;
  const arrivals = Math.round(sum(estimate.seen.arrivals));
  const isTimed = estimate.replay.kind === 'trace' || estimate.faults.some(({ goesOn }) => !goesOn);
  return drafts.map((draft) => {
    const most = requestsFor(estimate, draft);
    const requests = isTimed ? arrivals : Math.min(most, Math.max(LEAST_REQUESTS, arrivals));
    const warmup = Math.round(requests * (isTimed ? WARMUP_OF_ALL : WARMUP_SHARE));
    const size = { requests: requests - (isTimed ? warmup : 0), warmup, asItWas: true };
    const run = simulate({ scenario: draftScenario(estimate, draft, size), policy, seed });
    return { draft, misfit: misfit(run, estimate), run };
  });
}

const complexity = ({ shape }: Draft): number =>
  shape.kind === 'exponential' || shape.kind === 'deterministic' ? 0 : 1;

function best(tried: readonly Tried[]): Tried {
  const sorted = tried.toSorted((a, b) => a.misfit - b.misfit);
  const [first] = sorted as [Tried];
  return (
    sorted.find(
      ({ draft, misfit }) => misfit < first.misfit + SIMPLER && complexity(draft) < complexity(first.draft),
    ) ?? first
  );
}

/** The neighbourhood of a shape, between the values tried, at several times on the network. */
function finer(draft: Draft, { mostNetworkMs }: Estimate): Draft[] {
  const { shape } = draft;
  const isFamily = shape.kind === 'lognormal' || shape.kind === 'pareto';
  const shapes = (isFamily ? STEPS : [1]).map((step): Shape => {
    if (shape.kind === 'lognormal') return { ...shape, sigma: shape.sigma * step };
    return shape.kind === 'pareto' ? { ...shape, alpha: 1 + (shape.alpha - 1) * step } : shape;
  });
  return NETWORK_SHARES.flatMap((share) =>
    shapes.map((other) => ({ ...draft, shape: other, networkMs: share * mostNetworkMs })),
  );
}

/**
 * Service times as equally likely samples, corrected quantile by quantile until the simulated latencies are the measured
 * ones; the mean stays.
 */
function asSeen(from: Tried, estimate: Estimate, options: SimulateOptions): Fit {
  let at = from;
  let samples = Array.from({ length: SAMPLES }, (_, i) =>
    shapeQuantile(from.draft.shape, (i + 0.5) / SAMPLES),
  );
  const measured = merged(estimate.endpoints.map(({ latency }) => latency));
  const wire = 2 * from.draft.networkMs;
  let result = from;
  for (let round = 0; round < CORRECTIONS; round++) {
    const simulated = merged(at.run.endpoints.map(({ latency }) => latency));
    samples = normalised(
      samples.map((sample, i) => {
        const q = (i + 0.5) / SAMPLES;
        const [is, was] = [quantileOf(simulated, q)! - wire, quantileOf(measured, q)! - wire];
        return sample * Math.max(0.5, Math.min(2, Math.max(was, 1e-3) / Math.max(is, 1e-3)));
      }),
    );
    [at] = tryAll([{ ...at.draft, shape: { kind: 'empirical', samples } }], estimate, options) as [Tried];
    if (at.misfit < result.misfit) result = at;
  }
  return result.misfit < from.misfit / 1.5 ? result : from;
}

const normalised = (samples: number[]): number[] => {
  const mean = sum(samples) / samples.length;
  return samples.map((sample) => sample / mean);
};
