// Mean service time and worker slots of an endpoint, from figures that hold whatever the policy, the arrivals and the
// distribution of the service times are: Little's law (requests there = rate x time there) and the utilisation law (busy
// slots = rate x service time; Denning, Buzen, The operational analysis of queueing network models, 1978).
import type { EndpointWindow } from './endpoint-ring.js';
import { covariance, mean } from './series.js';

/** Requests that are surely in the house at a moment, and the mean number of those that may have come since. */
interface Moment {
  readonly sure: number;
  readonly more: number;
}

export interface EndpointLoad {
  /** Answers of the windows that count, and their rate a second. */
  readonly answers: number;
  readonly rate: number;
  readonly meanMs: number;
  /** One a window. */
  readonly moments: readonly Moment[];
  /** Requests in the house on average over time, by Little's law. */
  readonly inHouse: number;
  /** Words of utilisation, one a window; empty where it is hardly ever said. */
  readonly words: readonly Word[];
  /** Mean share of its limits that its pod used, where its server does not say it. */
  readonly podCpu: number | undefined;
}

/** A word of utilisation: what it still counts for at the window's end, and who has been there since. */
interface Word {
  readonly cpu: number;
  readonly keep: number;
  readonly since: Moment;
}

const MOST_SLOTS = 64;
/** Relative error of figures at best, and standard errors that a number of slots may be off. */
const LEAST_ERROR = 0.03;
const ERRORS = 2.5;
/** Relative error of utilisation whose words are all long past. */
const STALE_ERROR = 0.6;
/** Log of the ratio up to which moments are taken for the mean that Little's law says. */
const NEAR = 0.12;
/** Utilisation is taken for an average over about this time, so that a word that is older says little of now. */
const UTILISATION_TAU_MS = 1000;
/** How far a pod's share may be above the one of busy slots: its averages are of other moments than these. */
const POD_ERROR = 0.1;
/** Too few moments say nothing of a variance. */
const LEAST_MOMENTS = 8;

/**
 * @param windows those in which the endpoint was well
 * @param isAlone one proxy reports it, so that its requests in flight are all there are at that moment
 */
export function loadOf(
  windows: readonly EndpointWindow[],
  windowMs: number,
  networkMs: number,
  isAlone: boolean,
): EndpointLoad | undefined {
  const answers = windows.reduce((total, window) => total + window.answers, 0);
  if (answers === 0) return undefined;
  const rate = (answers * 1000) / (windows.length * windowMs);
  const meanMs = windows.reduce((total, window) => total + window.sumMs, 0) / answers;
  const inHouse = (rate * Math.max(0, meanMs - 2 * networkMs)) / 1000;
  const words = windows
    .filter((window) => window.wordCpu >= 0)
    .map((window) => ({
      cpu: window.wordCpu,
      keep: Math.exp(-window.wordAgeMs / UTILISATION_TAU_MS),
      since: wordMoment(window, windowMs, meanMs),
    }));
  const pod = windows.map(({ podCpu }) => podCpu).filter((cpu) => cpu >= 0);
  const onTheWay = (2 * networkMs * rate) / 1000;
  const said = isAlone ? [] : windows.filter((window) => window.wordInFlight >= 0);
  const moments = said.map((window) => wordMoment(window, windowMs, meanMs));
  return {
    ...{ answers, rate, meanMs, inHouse },
    moments: isNear(moments, inHouse) ? moments : clientMoments(windows, onTheWay),
    words: words.length >= LEAST_MOMENTS ? words : [],
    podCpu: pod.length >= LEAST_MOMENTS ? mean(pod) : undefined,
  };
}

/**
 * What the last answer left behind, and what has come since at the window's rate: what came longer ago than answers take
 * would have been answered.
 */
function wordMoment(window: EndpointWindow, windowMs: number, meanMs: number): Moment {
  const { answers, wordInFlight, wordAgeMs } = window;
  return { sure: Math.max(0, wordInFlight), more: (answers / windowMs) * Math.min(wordAgeMs, meanMs) };
}

/** What all proxies had in flight, each at its own moment: right on average, too even where there are many. */
function clientMoments(windows: readonly EndpointWindow[], onTheWay: number): Moment[] {
  const told = windows.filter((window) => window.reports > 0);
  return told.map((window) => ({ sure: Math.max(0, window.inFlight - onTheWay), more: 0 }));
}

const isNear = (moments: readonly Moment[], inHouse: number): boolean =>
  moments.length >= LEAST_MOMENTS &&
  Math.abs(Math.log(mean(moments.map(({ sure, more }) => sure + more)) / inHouse)) < NEAR;

interface Busy {
  readonly slots: number;
  /** Standard error. */
  readonly error: number;
}

/**
 * Mean of the busy slots if there are `slots`: of min(requests there, slots) at the moments, corrected by what the moments
 * miss of the mean that Little's law knows exactly (a control variate).
 */
export function busySlots({ moments, inHouse }: EndpointLoad, slots: number): Busy {
  const most = Math.min(inHouse, slots);
  if (moments.length < LEAST_MOMENTS) return { slots: most, error: most };
  const there = moments.map(({ sure, more }) => sure + more);
  const busy = moments.map((moment) => expectedBusy(moment, slots));
  const variance = covariance(there, there);
  const slope = variance > 0 ? covariance(busy, there) / variance : 1;
  const corrected = mean(busy) + slope * (inHouse - mean(there));
  const rest = Math.max(0, covariance(busy, busy) - slope ** 2 * variance);
  return { slots: Math.min(most, Math.max(corrected, 1e-6)), error: Math.sqrt(rest / moments.length) };
}

/** Mean of min(sure + Poisson(more), slots). */
function expectedBusy({ sure, more }: Moment, slots: number): number {
  if (sure >= slots || more === 0) return Math.min(sure, slots);
  let [probability, idle] = [Math.exp(-more), 0];
  for (let come = 0; sure + come < slots; come++) {
    idle += probability * (slots - sure - come);
    probability *= more / (come + 1);
  }
  return slots - idle;
}

/** Busy slots, if there are `slots`, as utilisation says. */
const busyByCpu = ({ words }: EndpointLoad, slots: number): number =>
  mean(words.map(({ cpu, keep, since }) => keep * cpu * slots + (1 - keep) * expectedBusy(since, slots)));

/** Ms of service, if there are `slots`. */
export function serviceMs(load: EndpointLoad, slots: number): number {
  const busy =
    load.words.length > 0 ? Math.min(busyByCpu(load, slots), load.inHouse) : busySlots(load, slots).slots;
  return (busy * 1000) / load.rate;
}

/** The numbers of slots that do not contradict utilisation, the one that agrees best first; none where it is not said. */
export function slotsByCpu(load: EndpointLoad): number[] {
  if (load.words.every(({ cpu }) => cpu === 0)) return [];
  // A word follows an answer, so that seldom heard ones tell of the busier moments.
  const stale = STALE_ERROR * (1 - mean(load.words.map(({ keep }) => keep)));
  const gaps = Array.from({ length: MOST_SLOTS }, (_, i) => {
    const slots = i + 1;
    const busy = busySlots(load, slots);
    return {
      slots,
      gap: Math.abs(Math.log(busy.slots / busyByCpu(load, slots))),
      error: Math.hypot(stale, Math.max(LEAST_ERROR, busy.error / busy.slots)),
    };
  }).sort((a, b) => a.gap - b.gap);
  return gaps.filter(({ gap, error }, i) => i === 0 || gap < ERRORS * error).map(({ slots }) => slots);
}

/**
 * The most slots that the cpu of its pod allows. A request that waits for something else keeps its slot busy and uses no
 * cpu: so the share of busy slots may be any above that of the cpu, and is none below.
 */
export function mostSlots(load: EndpointLoad): number {
  const { podCpu } = load;
  if (podCpu === undefined) return MOST_SLOTS;
  const least = podCpu * (1 - POD_ERROR);
  let slots = 1;
  while (slots < MOST_SLOTS && busySlots(load, slots + 1).slots / (slots + 1) >= least) slots++;
  return slots;
}
