// Bounds of the network time. A server's word of its processing time does not tell it: that average weighs an answer by the
// time since the one before, and so is above the mean of the answers. What the quickest answers took is a bound, and where
// in it the truth lies is for the fit (fit.ts).
import { edgeOf } from '../sketch.js';
import type { ClusterSeen } from './observations.js';

/** Of a scenario, one way, ms. */
const USUAL_MS = 0.5;

export interface NetworkEstimate {
  readonly networkMs: number;
  /** The quickest answer took no less than twice this. */
  readonly mostMs: number;
}

export function estimateNetwork({ endpoints }: ClusterSeen): NetworkEstimate {
  const quickest = endpoints
    .map(({ latency }) => latency.findIndex((count) => count > 0))
    .filter((bin) => bin >= 0);
  const mostMs = quickest.length > 0 ? edgeOf(Math.min(...quickest) + 0.5) / 2 : USUAL_MS;
  return { networkMs: Math.min(USUAL_MS, mostMs), mostMs };
}
