// Envoy's load-balancing policies, as far as a comparison on one machine needs them.
import type { EnvoyPolicy } from '../../engine.js';

/** Requests under way at each endpoint, as this sidecar sees them; all its workers together. */
export class ActiveRequests {
  private readonly counts = new Map<string, number>();

  of(endpoint: string): number {
    return this.counts.get(endpoint) ?? 0;
  }

  change(endpoint: string, by: 1 | -1): void {
    this.counts.set(endpoint, this.of(endpoint) + by);
  }
}

export interface Choice {
  /** Endpoints to choose from; at least one. */
  readonly endpoints: readonly string[];
  /** What a hash policy hashes. */
  readonly source: string;
  readonly active: ActiveRequests;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export type Balancer = (choice: Choice) => string;

function anyOf({ endpoints, random }: Choice): string {
  return endpoints[Math.floor(random() * endpoints.length)]!;
}

/** Envoy's default: the less loaded of two random endpoints. */
export const leastRequest: Balancer = (choice) => {
  const [first, second] = [anyOf(choice), anyOf(choice)];
  return choice.active.of(second) < choice.active.of(first) ? second : first;
};

function roundRobin(): Balancer {
  let next: number | undefined;
  return ({ endpoints, random }) => {
    // A random start, as in Envoy, so that many sidecars do not begin at the same endpoint.
    next = (next ?? Math.floor(random() * endpoints.length)) + 1;
    return endpoints[next % endpoints.length]!;
  };
}

/** FNV-1a 32 with the finaliser of murmur3, which spreads addresses that differ in a digit. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}

/** Points of each endpoint on the ring. */
const RING_POINTS = 160;

const ringHash: Balancer = ({ endpoints, source }) => {
  const wanted = hash(source);
  let best = { distance: Infinity, endpoint: endpoints[0]! };
  for (const endpoint of endpoints) {
    for (let point = 0; point < RING_POINTS; point++) {
      const distance = (hash(`${endpoint}_${point}`) - wanted) >>> 0;
      if (distance < best.distance) best = { distance, endpoint };
    }
  }
  return best.endpoint;
};

export function createBalancer(policy: 'weir' | EnvoyPolicy): Balancer {
  switch (policy) {
    case 'weir': // The fallback of override_host.
    case 'least_request':
      return leastRequest;
    case 'round_robin':
      return roundRobin();
    case 'random':
      return anyOf;
    case 'ring_hash':
      return ringHash;
    case 'client_side_weighted_round_robin':
      throw new Error(`the embedded engine has no policy ${policy}; it needs a real Envoy`);
  }
}
