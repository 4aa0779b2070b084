// What changed, as events: a service that turned slow or began to fail, an endpoint that lags behind its siblings, a call
// that was never made before. Each is told once when it begins and once when it is over.
import type { EventSink } from '../event.js';
import { recentEndpoints, slowEndpoints } from './bottlenecks.js';
import { keyOf, partsOf, type Graph } from './graph.js';
import { rankZ } from './rank-test.js';
import type { Tally } from './tally.js';
import { ms, percent, place, times } from './words.js';

/** So long everything is new. */
const LEARNING_MS = 60_000;
/** An anomaly is over when it was not seen for so long. */
const OVER_MS = 30_000;
const MIN_CALLS = 20;
/** Deviations: of a hundred services that are looked at every 5 s, one false alarm in months. */
const LATENCY_Z = 6;
const LATENCY_RATIO = 1.5;
/** Of an endpoint to its siblings: what is less is shown in the graph, but is no news. */
const ENDPOINT_RATIO = 2;
const ERROR_Z = 5;
const MIN_ERRORS = 5;
const MAX_OPEN = 200;
const MAX_EDGES = 2000;

interface Finding {
  readonly kind: string;
  readonly key: string;
  readonly message: string;
  readonly over: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export class Anomalies {
  readonly #open = new Map<string, { finding: Finding; seenAt: number }>();
  readonly #edges = new Set<string>();
  #since: number | undefined;

  constructor(
    private readonly graph: Graph,
    private readonly events: EventSink,
  ) {}

  /** @param at Unix time in ms that never goes back */
  look(at: number): void {
    this.#since ??= at;
    const isLearning = at - this.#since < LEARNING_MS;
    this.#newCalls(at, isLearning);
    const found = [...this.#services(at), ...this.#slowEndpoints(at)];
    for (const finding of found) this.#tell(finding, at);
    for (const [key, { finding, seenAt }] of this.#open) {
      if (at - seenAt < OVER_MS) continue;
      this.#open.delete(key);
      this.events.emit('graph.recovered', finding.over, { ...finding.data, was: finding.kind });
    }
  }

  #tell(finding: Finding, at: number): void {
    const key = keyOf(finding.kind, finding.key);
    const open = this.#open.get(key);
    if (open !== undefined) open.seenAt = at;
    else if (this.#open.size < MAX_OPEN) {
      this.#open.set(key, { finding, seenAt: at });
      this.events.emit(finding.kind, finding.message, finding.data);
    }
  }

  #newCalls(at: number, isLearning: boolean): void {
    for (const key of this.graph.edges.recent(at).keys()) {
      if (this.#edges.has(key) || this.#edges.size >= MAX_EDGES) continue;
      this.#edges.add(key);
      const [from = '', to = ''] = partsOf(key);
      if (!isLearning)
        this.events.emit('graph.new-call', `${from} calls ${to}, which it did not before.`, { from, to });
    }
  }

  *#services(at: number): Generator<Finding> {
    const before = this.graph.services.window('15m', at);
    for (const [service, now] of this.graph.services.recent(at)) {
      const all = before.get(service);
      if (all === undefined || now.sums.requests < MIN_CALLS) continue;
      const slower = slowerOf(service, now, all);
      if (slower !== undefined) yield slower;
      const failing = failingOf(service, now, all);
      if (failing !== undefined) yield failing;
    }
  }

  *#slowEndpoints(at: number): Generator<Finding> {
    for (const { service, address, selfMs, othersMs } of slowEndpoints(recentEndpoints(this.graph, at))) {
      if (selfMs < ENDPOINT_RATIO * othersMs) continue;
      const where = place(address, this.graph.instanceOf(address));
      yield {
        kind: 'graph.slow-endpoint',
        key: keyOf(service, address),
        message: `${where} of ${service} takes ${ms(selfMs)} a call, its siblings ${ms(othersMs)}: ${times(selfMs / othersMs)}.`,
        over: `${where} of ${service} is as fast as its siblings again.`,
        data: { service, endpoint: address, selfMs, othersMs },
      };
    }
  }
}

/** The last seconds are part of the quarter of an hour, which makes the test a little blunter, never false. */
function slowerOf(service: string, now: Tally, all: Tally): Finding | undefined {
  const [nowMs, beforeMs] = [now.total.quantile(0.5), all.total.quantile(0.5)];
  if (nowMs === undefined || beforeMs === undefined || nowMs < LATENCY_RATIO * beforeMs) return undefined;
  if (rankZ(now.total.pack(), all.total.pack()) < LATENCY_Z) return undefined;
  return {
    kind: 'graph.latency',
    key: service,
    message: `${service} became slow: half of its calls take over ${ms(nowMs)}, before ${ms(beforeMs)}.`,
    over: `${service} is as fast again as before.`,
    data: { service, p50Ms: nowMs, beforeMs },
  };
}

function failingOf(service: string, now: Tally, all: Tally): Finding | undefined {
  const calls = now.sums.requests;
  const before = Math.max(1, all.sums.requests - calls);
  const usual = Math.max(0, all.sums.errors - now.sums.errors) / before;
  const expected = calls * Math.max(usual, 0.001);
  if (now.sums.errors < MIN_ERRORS || now.sums.errors - expected < ERROR_Z * Math.sqrt(expected))
    return undefined;
  const share = now.sums.errors / calls;
  return {
    kind: 'graph.errors',
    key: service,
    message: `${service} fails: ${percent(share)} of its calls, before ${percent(usual)}.`,
    over: `${service} fails no more often than before.`,
    data: { service, errorShare: share, before: usual },
  };
}
