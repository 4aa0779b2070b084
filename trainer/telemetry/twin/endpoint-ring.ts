// What was reported of one endpoint in the last windows, in fixed memory: figures by window, latency sketches by segment.
import type { ReportedEndpoint } from '../report.js';
import { BINS, middleOf } from '../sketch.js';
import { SEGMENT, WINDOWS } from './limits.js';

const FIELDS = [
  /** Reports that named it, of all proxies. */
  'reports',
  'answers',
  'connect',
  'timeout',
  'http5xx',
  /** Of the answers' latencies: sums of ms, of their logarithms and of the squares of these. */
  'sumMs',
  'sumLog',
  'sumLogSquared',
  /** Sum over the reports. */
  'inFlight',
  /** The freshest word of its server, -1 where it is not said. */
  'wordAgeMs',
  'wordInFlight',
  'wordTimeMs',
  /** Of its server, else of its pod, and what it still counts for at the time of the report, 0 to 1. */
  'wordCpu',
  'keepCpu',
] as const;
type Field = (typeof FIELDS)[number];
export type EndpointWindow = Readonly<Record<Field, number>>;

const AT = Object.fromEntries(FIELDS.map((field, i) => [field, i])) as Record<Field, number>;
const WORDS = ['wordAgeMs', 'wordInFlight', 'wordTimeMs', 'wordCpu', 'keepCpu'] as const;
/** A server's utilisation is taken for an average over about this time, so that a word that is older says little of now. */
const UTILISATION_TAU_MS = 1000;
const SEGMENTS = WINDOWS / SEGMENT + 1;
const LOG_MIDDLES = Float64Array.from({ length: BINS }, (_, bin) => Math.log(middleOf(bin)));

export class EndpointRing {
  readonly #figures = new Float32Array(WINDOWS * FIELDS.length);
  /** Which window lies at each place. */
  readonly #windows = new Int32Array(WINDOWS).fill(-1);
  readonly #sketches = new Uint32Array(SEGMENTS * BINS);
  readonly #segments = new Int32Array(SEGMENTS).fill(-1);

  constructor(
    /** The window in which it was first reported. */
    readonly since: number,
  ) {}

  /** The window of its last report. */
  last = -1;

  /** Counts what one proxy reported of the `spread` windows up to `window`. */
  add(window: number, spread: number, reported: ReportedEndpoint, now: number): void {
    this.last = Math.max(this.last, window);
    const { connect = 0, timeout = 0, http5xx = 0 } = reported.errors ?? {};
    let [answers, sumMs, sumLog, sumLogSquared] = [0, 0, 0, 0];
    const sketch = this.#segment(Math.floor(window / SEGMENT));
    for (const [bin, count] of reported.latency) {
      const log = LOG_MIDDLES[bin]!;
      answers += count;
      sumMs += count * middleOf(bin);
      sumLog += count * log;
      sumLogSquared += count * log * log;
      sketch[bin]! += count;
    }
    const sums = { answers, connect, timeout, http5xx, sumMs, sumLog, sumLogSquared };
    for (let back = 0; back < spread && back <= window; back++) {
      const at = this.#place(window - back);
      for (const [field, value] of Object.entries(sums))
        this.#figures[at + AT[field as Field]]! += value / spread;
    }
    const at = this.#place(window);
    this.#figures[at + AT.reports]! += 1;
    this.#figures[at + AT.inFlight]! += reported.inFlight;
    this.#hear(at, reported.server);
    if (this.#figures[at + AT.wordCpu]! < 0) this.#hearPod(at, reported.pod, now);
  }

  #hear(at: number, server: ReportedEndpoint['server']): void {
    if (server === undefined) return;
    const age = this.#figures[at + AT.wordAgeMs]!;
    if (age >= 0 && age <= server.ageMs) return;
    const { ageMs, inFlight = -1, timeMs = -1, cpu = -1 } = server;
    this.#figures.set([ageMs, inFlight, timeMs, cpu, keep(ageMs, UTILISATION_TAU_MS)], at + AT.wordAgeMs);
  }

  /** A share of requests is none of the slots: the pod may use more. */
  #hearPod(at: number, pod: ReportedEndpoint['pod'], now: number): void {
    if (!pod?.cpu || !pod.isOfLimits) return;
    this.#figures.set([pod.cpu, keep(now - pod.at, pod.windowMs)], at + AT.wordCpu);
  }

  /** undefined where nobody reported it then, or that is too long ago. */
  window(window: number): EndpointWindow | undefined {
    const place = window % WINDOWS;
    if (this.#windows[place] !== window) return undefined;
    const at = place * FIELDS.length;
    return Object.fromEntries(FIELDS.map((field, i) => [field, this.#figures[at + i]!])) as EndpointWindow;
  }

  /** Answers by latency bin of the segments that lie in the windows `from` to `to` (exclusive). */
  sketch(from: number, to: number): Float64Array {
    const sum = new Float64Array(BINS);
    this.#segments.forEach((segment, place) => {
      if (segment < 0 || segment * SEGMENT < from || (segment + 1) * SEGMENT > to) return;
      for (let bin = 0; bin < BINS; bin++) sum[bin]! += this.#sketches[place * BINS + bin]!;
    });
    return sum;
  }

  #place(window: number): number {
    const place = window % WINDOWS;
    const at = place * FIELDS.length;
    if (this.#windows[place]! < window) {
      this.#windows[place] = window;
      this.#figures.fill(0, at, at + FIELDS.length);
      for (const field of WORDS) this.#figures[at + AT[field]] = -1;
    }
    return at;
  }

  #segment(segment: number): Uint32Array {
    const place = segment % SEGMENTS;
    const sketch = this.#sketches.subarray(place * BINS, (place + 1) * BINS);
    if (this.#segments[place] !== segment) {
      this.#segments[place] = segment;
      sketch.fill(0);
    }
    return sketch;
  }
}

/** What is left of an average over about `tauMs` that is so old. */
const keep = (ageMs: number, tauMs: number): number => Math.exp(-ageMs / Math.max(tauMs, UTILISATION_TAU_MS));
