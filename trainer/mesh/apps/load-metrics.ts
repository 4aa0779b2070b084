// What an endpoint reports of itself, as ORCA: xDS proposal "Open Request Cost Aggregation", text form of the header.

/** Memory of the averages: utilisation that an agent on the host would report about once a second. */
const TAU_MS = 1000;
/** Modelled memory: a base, and what requests in the house hold. */
const MEMORY_BASE = 0.25;
const MEMORY_REQUESTS = 0.6;

export class LoadMetrics {
  #cpu = 0;
  #memory = MEMORY_BASE;
  #rps = 0;
  #at: number;

  constructor(
    readonly workers: number,
    nowMs: number,
  ) {
    this.#at = nowMs;
  }

  /** To be called before the numbers change: they held from the last call until now. */
  advance(nowMs: number, busy: number, waiting: number): void {
    const keep = Math.exp(-Math.max(0, nowMs - this.#at) / TAU_MS);
    this.#at = Math.max(nowMs, this.#at);
    const held = 1 - Math.exp(-(busy + waiting) / (8 * this.workers));
    this.#cpu = keep * this.#cpu + (1 - keep) * (busy / this.workers);
    this.#memory = keep * this.#memory + (1 - keep) * (MEMORY_BASE + MEMORY_REQUESTS * held);
    this.#rps *= keep;
  }

  /**
   * Counts an answer at the time of the last `advance`: of the requests that arrive, an overloaded endpoint's number would
   * say nothing of what it can do.
   */
  count(): void {
    this.#rps += 1000 / TAU_MS;
  }

  header(): string {
    const [cpu, memory, rps] = [this.#cpu.toFixed(4), this.#memory.toFixed(4), this.#rps.toFixed(2)];
    return `TEXT cpu_utilization=${cpu}, mem_utilization=${memory}, rps_fractional=${rps}`;
  }
}
