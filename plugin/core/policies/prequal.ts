import { EndpointTable } from '../endpoint-table';
import { mix, uniform } from '../math';
import { Policy, Request } from './policy';
import { below, eligibleCount, nthEligible, pickUniform } from './pick';

/** Constants of the paper's baseline (section 4 and 5: pool of 16, 3 probes a query, 1 removal, RIF quantile 2^-0.25). */
const POOL: i32 = 16;
const PROBES_PER_REQUEST: i32 = 3;
const REMOVALS_PER_REQUEST: f32 = 1;
const HOT_QUANTILE: f32 = 0.84;
const PROBE_TTL_MS: f64 = 1000;
const REUSE_DELTA: f32 = 1;
/** Requests in flight of the last probes, for the quantile that tells hot from cold. */
const HISTORY: i32 = 64;
/** With fewer probes than this the choice is random. */
const MIN_POOL: i32 = 2;

/**
 * Prequal (Wydrowski et al., NSDI 2024): a pool of probe answers, hot-cold lexicographic choice. Probes of hot servers
 * (requests in flight above the quantile) count only if all are hot, then the fewest requests win; among cold ones the
 * lowest latency. A probe is used a bounded number of times, ages out, and one is removed at each request, the oldest
 * and the worst in turn. Using a probe raises its requests in flight by one.
 */
export class Prequal extends Policy {
  private endpoints: StaticArray<i32> = new StaticArray<i32>(POOL);
  private requests: StaticArray<f32> = new StaticArray<f32>(POOL);
  private latencies: StaticArray<f32> = new StaticArray<f32>(POOL);
  private times: StaticArray<f64> = new StaticArray<f64>(POOL);
  private uses: StaticArray<f32> = new StaticArray<f32>(POOL);
  private size: i32 = 0;
  private history: StaticArray<f32> = new StaticArray<f32>(HISTORY);
  private seen: i32 = 0;
  private removeWorst: bool = false;
  private budget: f32 = 1;

  choose(table: EndpointTable, _request: Request, now: f64, bits: u64): i32 {
    this.expire(table, now);
    this.budget = reuseBudget(table.count);
    if (this.size < MIN_POOL) return pickUniform(table, bits as u32);
    const threshold = this.hotThreshold();
    const probe = this.best(false, threshold);
    const endpoint = unchecked(this.endpoints[probe]);
    unchecked((this.requests[probe] += 1));
    unchecked((this.uses[probe] += 1));
    // A fractional budget: the last use happens with the probability of the fraction.
    if (unchecked(this.uses[probe]) + uniform((bits >> 32) as u32) >= this.budget) this.drop(probe);
    if (this.size > 0 && REMOVALS_PER_REQUEST > 0) {
      this.drop(this.removeWorst ? this.best(true, threshold) : this.oldest());
      this.removeWorst = !this.removeWorst;
    }
    return endpoint;
  }

  /** Uniformly random eligible endpoints without repetition. */
  override probes(table: EndpointTable, targets: StaticArray<i32>, bits: u64): i32 {
    const count = eligibleCount(table);
    const wanted = min(PROBES_PER_REQUEST, count);
    let chosen = 0;
    for (let draw = 0; chosen < wanted && draw < 32; draw++) {
      const target = nthEligible(table, below(count, mix(bits as u32, draw)));
      let repeated = false;
      for (let k = 0; k < chosen; k++) repeated = repeated || unchecked(targets[k]) == target;
      if (!repeated) unchecked((targets[chosen++] = target));
    }
    return chosen;
  }

  override onProbe(endpoint: i32, requests: f32, latency: f32, now: f64): void {
    unchecked((this.history[this.seen++ % HISTORY] = requests));
    if (this.seen == 2 * HISTORY) this.seen = HISTORY;
    const slot = this.slotFor(endpoint);
    unchecked((this.endpoints[slot] = endpoint));
    unchecked((this.requests[slot] = requests));
    unchecked((this.latencies[slot] = latency));
    unchecked((this.times[slot] = now));
    unchecked((this.uses[slot] = 0));
  }

  /**
   * Room for a probe. The paper's fleets are larger than the pool; in a smaller one a new probe takes the place of the
   * endpoint's last, which would go on promising what it has no more.
   */
  private slotFor(endpoint: i32): i32 {
    for (let i = 0; i < this.size; i++) {
      if (unchecked(this.endpoints[i]) == endpoint) return i;
    }
    if (this.size == POOL) this.drop(this.oldest());
    return this.size++;
  }

  /** The probe to use, or with `worst` the one to remove: the order of the choice reversed (paper, section 4). */
  private best(worst: bool, threshold: f32): i32 {
    let chosen = 0;
    for (let i = 1; i < this.size; i++) {
      if (this.precedes(i, chosen, threshold) != worst) chosen = i;
    }
    return chosen;
  }

  private precedes(a: i32, b: i32, threshold: f32): bool {
    const hotA = unchecked(this.requests[a]) > threshold;
    const hotB = unchecked(this.requests[b]) > threshold;
    if (hotA != hotB) return hotB;
    if (hotA) return unchecked(this.requests[a]) < unchecked(this.requests[b]);
    return unchecked(this.latencies[a]) < unchecked(this.latencies[b]);
  }

  /** The quantile of requests in flight over the last probes, by counting (the history is short). */
  private hotThreshold(): f32 {
    const known = min(this.seen, HISTORY);
    const rank = (HOT_QUANTILE * (known as f32)) as i32;
    for (let i = 0; i < known; i++) {
      const value = unchecked(this.history[i]);
      let smaller = 0;
      let equal = 0;
      for (let k = 0; k < known; k++) {
        if (unchecked(this.history[k]) < value) smaller++;
        else if (unchecked(this.history[k]) == value) equal++;
      }
      if (smaller <= rank && rank < smaller + equal) return value;
    }
    return Infinity;
  }

  private oldest(): i32 {
    let oldest = 0;
    for (let i = 1; i < this.size; i++) {
      if (unchecked(this.times[i]) < unchecked(this.times[oldest])) oldest = i;
    }
    return oldest;
  }

  private expire(table: EndpointTable, now: f64): void {
    for (let i = this.size - 1; i >= 0; i--) {
      const gone =
        unchecked(this.endpoints[i]) >= table.size || !table.isEligible(unchecked(this.endpoints[i]));
      if (gone || now - unchecked(this.times[i]) > PROBE_TTL_MS) this.drop(i);
    }
  }

  private drop(probe: i32): void {
    const last = --this.size;
    unchecked((this.endpoints[probe] = this.endpoints[last]));
    unchecked((this.requests[probe] = this.requests[last]));
    unchecked((this.latencies[probe] = this.latencies[last]));
    unchecked((this.times[probe] = this.times[last]));
    unchecked((this.uses[probe] = this.uses[last]));
  }
}

/** Uses of a probe: max(1, (1 + delta) / ((1 - m/n) r_probe - r_remove)), the paper's equation 1. */
export function reuseBudget(endpoints: i32): f32 {
  const share: f32 = 1 - (POOL as f32) / (max(endpoints, 1) as f32);
  const rate = share * (PROBES_PER_REQUEST as f32) - REMOVALS_PER_REQUEST;
  return rate <= 0 ? Infinity : max<f32>(1, (1 + REUSE_DELTA) / rate);
}
