// How well each parameter of a twin is known, and from what.
import type { Draft } from './draft.js';
import type { Estimate } from './estimate.js';
import { busyOf } from './fit.js';

/** `measured`: figures say it; `fitted`: simulation found it; `assumed`: nothing tells it. */
export type Source = 'measured' | 'fitted' | 'assumed';

export interface Confidence {
  readonly parameter: string;
  readonly source: Source;
  /** 0 to 1: from nothing known to as good as certain. */
  readonly confidence: number;
}

/** Answers, and misfit, at which half is believed. */
const ANSWERS = 200;
const MISFIT = 0.15;
const ASSUMED = 0.1;
/** Busy slots below this say little of how many there are. */
const TELLING_LOAD = 0.4;

export function confidenceOf(estimate: Estimate, draft: Draft, misfit: number): Confidence[] {
  const fits = MISFIT / (MISFIT + misfit);
  const { seen, endpoints, rate } = estimate;
  const arrivals = rate * seen.arrivals.length;
  return [
    { parameter: 'arrivals.rate', source: 'measured', confidence: arrivals / (arrivals + ANSWERS) },
    {
      parameter: 'arrivals.pattern',
      source: 'fitted',
      confidence: seen.arrivals.length / (seen.arrivals.length + 30),
    },
    { parameter: 'serviceTime', source: 'fitted', confidence: fits },
    // Only its sum with the shortest service time is seen.
    { parameter: 'networkMs', source: 'fitted', confidence: fits / 2 },
    { parameter: 'timeoutMs', source: 'assumed', confidence: ASSUMED },
    { parameter: 'queueLimit', source: 'assumed', confidence: ASSUMED },
    ...endpoints.flatMap(({ address, load, slots, possibleSlots }, i) => {
      const known = load.answers / (load.answers + ANSWERS);
      const source: Source = slots === undefined ? 'fitted' : 'measured';
      const busy = busyOf(estimate, draft, i) / draft.slots[i]!;
      const telling = Math.min(1, busy / TELLING_LOAD);
      const choices = slots === undefined ? 2 : Math.max(1, possibleSlots.length);
      return [
        { parameter: `${address}.speed`, source, confidence: known * (slots === undefined ? fits : 1) },
        { parameter: `${address}.workers`, source, confidence: (known * telling * fits) / choices },
      ];
    }),
  ];
}
