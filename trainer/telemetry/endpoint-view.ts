// One endpoint as the fleet sees it: sums over the last report of every proxy that has it, in which no proxy counts for
// more than is plausible (influence.ts). A proxy's share is added and taken back as reports come and go, so that a
// report costs its own size, whatever the number of proxies.
import { plausibleAnswers, type EndpointShare, type ServerWord } from './endpoint-share.js';
import { FadingMean } from './fading-mean.js';
import { LATENCY_RATIO, LEAST_PROXIES, Largest, SLACK, WORDS, believed, median } from './influence.js';
import { FLEET_LATENCY_TAU_MS, FLEET_LEAST_ANSWERS, SIGNAL_TTL_MS } from './limits.js';
import { marked } from './pods/mark.js';
import type { PodWord } from './report.js';
import { LatencySketch } from './sketch.js';

export interface EndpointSummary {
  readonly address: string;
  /** Hint of capacity from the configured table, 1 without. */
  readonly capacity: number;
  readonly inFlight: number;
  readonly rps: number;
  readonly errorRate: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly cpu?: number;
  readonly memory?: number;
  /** Mean over the proxies that call it of the weight that the policy gives it. */
  readonly weight: number;
  /** Number of proxies that leave it out. */
  readonly ejectedBy: number;
  /** Since the fleet knows the endpoint, as the proxies say. */
  readonly totalRequests: number;
  readonly totalErrors: number;
}

/** Sums over the proxies, per second where it is a rate. */
export interface EndpointTraffic {
  readonly inFlight: number;
  readonly rps: number;
  readonly errorRps: number;
}

const NONE = -Infinity;

const isCaller = ({ requests, inFlight, answers }: EndpointShare): boolean =>
  requests > 0 || inFlight > 0 || answers > 0;

export class EndpointView {
  readonly #shares = new Set<EndpointShare>();
  readonly #fullest = new Largest(this.#shares, (share) => share.inFlight);
  readonly #busiest = new Largest(this.#shares, (share) => share.rps);
  readonly #slowest = new Largest(this.#shares, (share) => share.meanMs ?? NONE);
  readonly #quickest = new Largest(this.#shares, (share) => -(share.meanMs ?? Infinity));
  readonly #largest = [this.#fullest, this.#busiest, this.#slowest, this.#quickest] as const;
  /** Of the last few proxies that reported, the latest last. */
  readonly #words: EndpointShare[] = [];
  /** The latest; the trainer's own, so that no proxy is to be believed. */
  #pod: PodWord | undefined;
  /** Of all reports, older ones fading: unlike the sums it outlives the next report of a proxy. */
  readonly #recent = new FadingMean(FLEET_LATENCY_TAU_MS, FLEET_LEAST_ANSWERS);
  /** Proxies that sent it something: the others cannot tell who is right. */
  #callers = 0;
  #inFlight = 0;
  #rps = 0;
  #errorRps = 0;
  #weight = 0;
  #ejected = 0;
  #totalRequests = 0;
  #totalErrors = 0;

  get proxies(): number {
    return this.#shares.size;
  }

  /** @param coveredMs time that the share stands for: no more than has passed since the proxy's last report */
  add(share: EndpointShare, coveredMs: number, now: number): void {
    this.#addLatency(share, coveredMs, now);
    this.#shares.add(share);
    for (const largest of this.#largest) largest.added(share);
    this.#pod = share.pod ?? this.#pod;
    if (share.server !== undefined) this.#words.push(share);
    if (this.#words.length > WORDS) this.#words.shift();
    this.#change(share, 1);
    this.#totalRequests += share.requests;
    this.#totalErrors += share.errors;
  }

  remove(share: EndpointShare): void {
    this.#shares.delete(share);
    for (const largest of this.#largest) largest.deleted(share);
    const word = this.#words.indexOf(share);
    if (word >= 0) this.#words.splice(word, 1);
    this.#change(share, -1);
  }

  traffic(now: number): EndpointTraffic {
    const { first: fullest, second: fuller } = this.#fullest;
    const { first: busiest, second: busier } = this.#busiest;
    const sums = { inFlight: this.#inFlight, rps: this.#rps, errorRps: this.#errorRps };
    if (this.#callers < LEAST_PROXIES || !fullest || !fuller || !busiest || !busier) return sums;
    const inFlight = sums.inFlight - fullest.inFlight;
    const rps = sums.rps - busiest.rps;
    const counted = believed(busiest.rps, busier.rps, rps, SLACK.rps, () => this.#word('rps', now));
    const errorShare = busiest.rps > 0 ? busiest.errorRps / busiest.rps : 0;
    return {
      inFlight:
        inFlight +
        believed(fullest.inFlight, fuller.inFlight, inFlight, SLACK.inFlight, () =>
          this.#word('inFlight', now),
        ),
      rps: rps + counted,
      errorRps: sums.errorRps - busiest.errorRps + counted * errorShare,
    };
  }

  /** Latency average over all proxies, ms; undefined while nobody had an answer for long. */
  latencyMs(now: number): number | undefined {
    return this.#recent.at(now);
  }

  /** For sidecars: what servers say, else what their pods do, by its mark; 0 for one to be forgotten. */
  signals(now: number): { cpu?: number; memory?: number } {
    return this.#signals(now, (ofPod) => (ofPod === null ? 0 : marked(ofPod)));
  }

  /** Answers of the last reports. Costs a walk over all of them, so it is for people. */
  latency(now: number): LatencySketch {
    const sketch = new LatencySketch();
    const { first: busiest } = this.#busiest;
    const excess = busiest === undefined ? 0 : this.#rps - this.traffic(now).rps;
    for (const share of this.#shares) {
      const clipped =
        this.#callers >= LEAST_PROXIES ? Math.min(1, plausibleAnswers(share) / share.answers) : 1;
      const believed = share === busiest && excess > 0 ? 1 - excess / share.rps : 1;
      sketch.addPacked(share.latency, clipped * believed);
    }
    return sketch;
  }

  summary(address: string, capacity: number, latency: LatencySketch, now: number): EndpointSummary {
    const { inFlight, rps, errorRps } = this.traffic(now);
    return {
      address,
      capacity,
      inFlight,
      rps,
      errorRate: rps > 0 ? errorRps / rps : 0,
      ...present('p50Ms', latency.quantile(0.5)),
      ...present('p99Ms', latency.quantile(0.99)),
      ...this.#signals(now, (ofPod) => ofPod ?? undefined),
      weight: this.#callers > 0 ? this.#weight / this.#callers : 0,
      ejectedBy: this.#ejected,
      totalRequests: this.#totalRequests,
      totalErrors: this.#totalErrors,
    };
  }

  #signals(
    now: number,
    told: (ofPod: number | null) => number | undefined,
  ): { cpu?: number; memory?: number } {
    const pod = this.#pod !== undefined && now <= this.#pod.until ? this.#pod : undefined;
    const signal = (key: 'cpu' | 'memory') => {
      const ofPod = pod?.[key];
      return this.#signal(key, now) ?? (ofPod === undefined ? undefined : told(ofPod));
    };
    return { ...present('cpu', signal('cpu')), ...present('memory', signal('memory')) };
  }

  /** Before the share is among the others, which it is measured by. */
  #addLatency(share: EndpointShare, coveredMs: number, now: number): void {
    let { answers, meanMs } = share;
    if (meanMs === undefined) return;
    if (this.#callers + 1 >= LEAST_PROXIES) {
      // A report of longer than the window is worth no more than the window.
      const seconds = Math.min(coveredMs, FLEET_LATENCY_TAU_MS) / 1000;
      const next = this.#busiest.first!.rps;
      const rps = believed(answers / seconds, next, this.#rps, SLACK.rps, () => this.#word('rps', now));
      answers = Math.min(answers, plausibleAnswers(share), rps * seconds);
      const slowest = this.#slowest.first?.meanMs ?? Infinity;
      const quickest = this.#quickest.first?.meanMs ?? 0;
      meanMs = Math.min(slowest * LATENCY_RATIO, Math.max(quickest / LATENCY_RATIO, meanMs));
    }
    this.#recent.add(answers * meanMs, answers, now);
  }

  /** The server's word by the median of the last proxies; 0 where too few heard it. */
  #word(key: 'inFlight' | 'rps', now: number): number {
    const values = this.#heard(key, now).map(([value]) => value);
    return values.length < LEAST_PROXIES ? 0 : median(values)!;
  }

  /** The same, and where few proxies heard it whatever the server said last. */
  #signal(key: 'cpu' | 'memory', now: number): number | undefined {
    const heard = this.#heard(key, now);
    if (heard.length >= LEAST_PROXIES) return median(heard.map(([value]) => value));
    return heard.sort(([, a], [, b]) => b - a)[0]?.[0];
  }

  #heard(key: Exclude<keyof ServerWord, 'at'>, now: number): [value: number, at: number][] {
    const heard: [number, number][] = [];
    for (const { server } of this.#words) {
      const value = server?.[key];
      if (value !== undefined && now - server!.at <= SIGNAL_TTL_MS) heard.push([value, server!.at]);
    }
    return heard;
  }

  #change(share: EndpointShare, sign: 1 | -1): void {
    this.#inFlight += sign * share.inFlight;
    this.#rps += sign * share.rps;
    this.#errorRps += sign * share.errorRps;
    if (isCaller(share)) {
      this.#callers += sign;
      this.#weight += sign * share.weight;
    }
    this.#ejected += sign * share.ejected;
  }
}

export function present<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: V });
}
