// Load over time. Peaks are set in units of capacity: a burst may pass it, a slow swing may reach it.
import type { Random } from '../random.js';
import type { LoadPattern } from '../schema.js';
import { between, chance, digits, floorTo, measure, stepped, whole } from './draw.js';
import { RANGES, SLOW_PEAK } from './ranges.js';

/** Bursts in a run at least, on average, so that the run is not a matter of chance. */
const BURSTS = 12;
/** Capacity x seconds by which a burst may pass what the fleet can do: the backlog is worked off within seconds. */
const BURST_EXCESS = 0.6;

export interface RunFacts {
  /** Mean utilisation of the busiest service, of what its faults leave. */
  readonly strain: number;
  /** Expected length of the run, its warm-up included. */
  readonly seconds: number;
  /** Peak of bursts at least. */
  readonly burstPeak: number;
}

export function drawPattern(random: Random, kind: LoadPattern['kind'], run: RunFacts): LoadPattern {
  switch (kind) {
    case 'steady':
      return { kind };
    case 'burst':
      return burst(random, run);
    case 'diurnal':
      return {
        kind,
        amplitude: swing(random, run),
        periodSeconds: digits(run.seconds / whole(random, RANGES.days), 2),
      };
    case 'ramp': {
      const amplitude = swing(random, run);
      const [low, high] = [digits(1 - amplitude, 3), digits(1 + amplitude, 3)];
      // The mean is 1 where the ramp lasts as long as the run. Most ramps go up.
      const [from, to] = chance(random, 0.7) ? [low, high] : [high, low];
      return { kind, from, to, seconds: digits(run.seconds, 3) };
    }
    case 'trace':
      return trace(random, run);
  }
}

function burst(random: Random, { strain, seconds, burstPeak }: RunFacts): LoadPattern {
  const share = stepped(random, RANGES.burstShare, 0.05);
  const peak = between(random, [burstPeak, RANGES.burstPeak[1]]);
  // Both states have some traffic, and a burst has more.
  const factor = Math.max(1.1, floorTo(Math.min(peak / strain, 0.9 / share), 0.05));
  const excess = Math.max(0.1, factor * strain - 1);
  const [shortest, longest] = RANGES.burstSeconds;
  const most = Math.min(longest, (seconds * share) / BURSTS, BURST_EXCESS / excess);
  const meanSeconds = measure(random, [Math.max(shortest, most / 2), Math.max(shortest, most)]);
  return { kind: 'burst', factor, share, meanSeconds };
}

function swing(random: Random, { strain }: RunFacts): number {
  const [least, most] = RANGES.swing;
  const room = Math.min(most, SLOW_PEAK / strain - 1);
  return Math.max(least, floorTo(between(random, [room / 2, room]), 0.05));
}

/** A random walk with now and then a leap, in requests per second of some recording. */
function trace(random: Random, { strain, seconds }: RunFacts): LoadPattern {
  const steps = whole(random, RANGES.steps);
  const walk: number[] = [];
  for (let i = 0, rate = 100; i < steps; i++) {
    rate = chance(random, 0.1) ? between(random, [40, 200]) : rate * between(random, [0.75, 1.3]);
    walk.push((rate = Math.min(200, Math.max(40, rate))));
  }
  const mean = walk.reduce((sum, rate) => sum + rate, 0) / steps;
  // Drawn together where its peak would be too high.
  const room = Math.max(RANGES.swing[0], SLOW_PEAK / strain - 1);
  const squeeze = Math.min(1, (room * mean) / (Math.max(...walk) - mean));
  const rates = walk.map((rate) => Math.round(mean + (rate - mean) * squeeze));
  return { kind: 'trace', rates, stepSeconds: digits(seconds / steps, 2) };
}
