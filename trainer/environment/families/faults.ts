// What goes wrong. Times are shares of the part of the run that counts until its length is known.
import { expandEndpoints, lowestCapacityShare } from '../capacity.js';
import type { Random } from '../random.js';
import type { Fault } from '../schema.js';
import { between, digits, measure, pick, shuffled, stepped } from './draw.js';
import { completed } from './fleet.js';
import { LEAST_CAPACITY, RANGES } from './ranges.js';
import type { EndpointGroup } from './scenario-file.js';

/** Faults leave both ends of the run alone. */
const FIRST = 0.05;
const LAST = 0.9;

/**
 * Faults of one service, at most `count`: one that would leave it with too little capacity is left out. The smallest
 * endpoint comes first, which at least three endpoints can do without, so that there is a fault in the end.
 */
export function drawFaults(
  random: Random,
  service: string,
  fleet: readonly EndpointGroup[],
  kinds: readonly Fault['kind'][],
  count: number,
): Fault[] {
  const endpoints = expandEndpoints({ endpoints: completed(fleet) });
  const size = (i: number) => endpoints[i]!.speed * endpoints[i]!.workers;
  const order = shuffled(
    random,
    endpoints.map((_, i) => i),
  );
  const smallest = order.reduce((least, i) => (size(i) < size(least) ? i : least));
  const targets = [smallest, ...order.filter((i) => i !== smallest)];
  const faults: Fault[] = [];
  for (const endpoint of targets) {
    if (faults.length === count) break;
    const fault = drawFault(random, pick(random, kinds), service, endpoint);
    const isFirstRandom = fault.kind !== 'random-slow' || !faults.some(({ kind }) => kind === fault.kind);
    if (isFirstRandom && lowestCapacityShare(endpoints, [...faults, fault]) >= LEAST_CAPACITY)
      faults.push(fault);
  }
  return faults;
}

function drawFault(random: Random, kind: Fault['kind'], service: string, endpoint: number): Fault {
  const at = { service, endpoint };
  const length = between(random, RANGES.faultLength);
  const from = between(random, [FIRST, LAST - length]);
  const period = { fromSeconds: from, toSeconds: from + length };
  switch (kind) {
    case 'slow':
      return { kind, ...at, ...period, factor: measure(random, RANGES.slow) };
    case 'down':
      return { kind, ...at, ...period };
    case 'errors':
      return { kind, ...at, ...period, rate: stepped(random, RANGES.errors, 0.1) };
    case 'add':
    case 'remove':
      return { kind, ...at, atSeconds: from };
    case 'random-slow': {
      const share = stepped(random, RANGES.randomSlowShare, 0.05);
      const meanOnSeconds = between(random, RANGES.randomSlowLength);
      const meanOffSeconds = meanOnSeconds * between(random, [1, 3]);
      return { kind, service, share, factor: measure(random, RANGES.slow), meanOnSeconds, meanOffSeconds };
    }
  }
}

/** The same in seconds: the part that counts begins after `warmup` and is `seconds` long. */
export function inSeconds(fault: Fault, warmup: number, seconds: number): Fault {
  const scale = (share: number) => digits(warmup + share * seconds, 4);
  if (fault.kind === 'add' || fault.kind === 'remove') return { ...fault, atSeconds: scale(fault.atSeconds) };
  if (fault.kind === 'random-slow')
    return {
      ...fault,
      meanOnSeconds: digits(fault.meanOnSeconds * seconds, 2),
      meanOffSeconds: digits(fault.meanOffSeconds * seconds, 2),
    };
  return { ...fault, fromSeconds: scale(fault.fromSeconds), toSeconds: scale(fault.toSeconds ?? LAST) };
}
