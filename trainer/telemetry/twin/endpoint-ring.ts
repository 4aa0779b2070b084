// What was reported of one endpoint in the last windows, in fixed memory: figures by window, latency sketches by segment.
import type { PodWord, ReportedEndpoint } from '../report.js';
import { BINS, middleOf } from '../sketch.js';
import { SEGMENT, WINDOW_MS, WINDOWS } from './limits.js';

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
  'wordCpu',
  /** Share of its limits that its pod used, where its server does not say it, else -1. */
  'podCpu',
] as const;
type Field = (typeof FIELDS)[number];
export type EndpointWindow = Readonly<Record<Field, number>>;

const AT = Object.fromEntries(FIELDS.map((field, i) => [field, i])) as Record<Field, number>;
const WORDS = ['wordAgeMs', 'wordInFlight', 'wordTimeMs', 'wordCpu'] as const;
const UNKNOWN = [...WORDS, 'podCpu'] as const;
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

  #podHeardAt = NaN;

  /** The window of its last report. */
  last = -1;

  /** Counts what one proxy reported of the `spread` windows up to `window`. */
  add(window: number, spread: number, reported: ReportedEndpoint): void {
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
    if (reported.pod !== undefined) this.#hearPod(reported.pod);
  }

  #hear(at: number, server: ReportedEndpoint['server']): void {
    if (server === undefined) return;
    const age = this.#figures[at + AT.wordAgeMs]!;
    if (age >= 0 && age <= server.ageMs) return;
    const { ageMs, inFlight = -1, timeMs = -1, cpu = -1 } = server;
    this.#figures.set([ageMs, inFlight, timeMs, cpu], at + AT.wordAgeMs);
  }

  /** An average tells of each window that it was measured over; a share of requests tells of none: there may be more. */
  #hearPod({ cpu, isOfLimits, at, windowMs }: PodWord): void {
    if (typeof cpu !== 'number' || !isOfLimits || at === this.#podHeardAt) return;
    this.#podHeardAt = at;
    const to = Math.floor(at / WINDOW_MS);
    const from = Math.max(0, to - WINDOWS, Math.ceil((at - windowMs) / WINDOW_MS));
    for (let window = from; window < to; window++) {
      const place = window % WINDOWS;
      if (this.#windows[place] === window) this.#figures[place * FIELDS.length + AT.podCpu] = cpu;
    }
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
      for (const field of UNKNOWN) this.#figures[at + AT[field]] = -1;
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
