// How long a run is, and how fast its requests may come for that.
import type { Random } from '../random.js';
import type { Blueprint } from './blueprint.js';
import { count, whole } from './draw.js';
import {
  LEAST_REQUESTS,
  MOST_REQUESTS,
  REQUESTS_PER_PAIR,
  USUAL_REQUESTS,
  WARMUP_SECONDS,
  WARMUP_SHARE,
  RANGES,
  type Range,
} from './ranges.js';

export interface Size {
  readonly endpoints: number;
  readonly proxies: number;
  readonly workersPerProxy: number;
  /** Of a proxy worker and an endpoint: each learns by itself. */
  readonly pairs: number;
}

/** Endpoints and proxies; fewer workers where otherwise too many pairs would have to learn in one run. */
export function drawSize(random: Random, blueprint: Blueprint): Size {
  const endpoints = count(random, blueprint.endpoints);
  const proxies = count(random, blueprint.proxies);
  const most = Math.floor(MOST_REQUESTS / REQUESTS_PER_PAIR / (endpoints * proxies));
  const workersPerProxy = Math.min(whole(random, blueprint.workersPerProxy), most);
  return { endpoints, proxies, workersPerProxy, pairs: endpoints * proxies * workersPerProxy };
}

/** Requests a second at which a run lasts for its seconds with a usual number of requests. */
export const usualRates = ({ rate, seconds }: Blueprint): Range => [rate, USUAL_REQUESTS / seconds];

/** Every worker gets to know every endpoint, and the run lasts for its seconds if that is not too much. */
export function drawRequests(random: Random, blueprint: Blueprint, { pairs }: Size, rate: number) {
  if (blueprint.isCold) return { requests: pairs * whole(random, RANGES.coldRequests), warmup: 0 };
  const needed = Math.max(LEAST_REQUESTS, REQUESTS_PER_PAIR * pairs, rate * blueprint.seconds);
  const requests = Math.min(MOST_REQUESTS, Math.ceil(needed / 1000) * 1000);
  const warmup = Math.max(requests * WARMUP_SHARE, rate * WARMUP_SECONDS);
  return { requests, warmup: Math.ceil(warmup / 1000) * 1000 };
}
