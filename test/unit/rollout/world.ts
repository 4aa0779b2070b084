// A mesh in virtual time: proxies that serve what was published and report, a publisher, a store, events.
import type { Model } from '../../../trainer/actor/model.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';
import type { GateVerdict } from '../../../trainer/rollout/gate.js';
import { LiveRecords, type LiveRecord } from '../../../trainer/rollout/live-records.js';
import type { RolloutOptions } from '../../../trainer/rollout/options.js';
import { Rollout } from '../../../trainer/rollout/rollout.js';
import type { Serving } from '../../../trainer/rollout/serving.js';
import type { RolloutState } from '../../../trainer/rollout/state.js';
import type { Report } from '../../../trainer/telemetry/report.js';
import { Arrivals, random, type Behaviour } from './traffic.js';

export const CURRENT = untrainedModel({ seed: 1 });
export const CANDIDATE = untrainedModel({ seed: 2 });
export const OTHER = untrainedModel({ seed: 3 });

export interface WorldOptions {
  readonly seed?: number;
  readonly proxies?: number;
  /** Requests a second of all proxies. */
  readonly rps?: number;
  readonly candidate?: Behaviour;
  /** Instead of requests drawn at random. */
  readonly arrivals?: Pick<Arrivals, 'stratum'>;
  readonly gate?: (signal: AbortSignal) => Promise<GateVerdict>;
  readonly records?: readonly LiveRecord[];
  readonly options?: Partial<RolloutOptions>;
}

export interface SeenEvent {
  readonly kind: string;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export const verdict = (passed: boolean, reasons: string[] = []): GateVerdict => ({
  passed,
  candidate: CANDIDATE.id,
  current: CURRENT.id,
  reasons,
  tables: [],
});

export class World {
  now = 0;
  /** Of the wall, ms; it may jump. */
  wall = 1.8e12;
  rollout!: Rollout;
  readonly events: SeenEvent[] = [];
  readonly published: Serving[] = [];
  /** States written, as JSON, oldest first. */
  readonly written: RolloutState[] = [];
  readonly harms: string[] = [];
  readonly noted: string[] = [];
  /** Told to the store and the publisher: what they refuse. */
  diskError: Error | undefined;
  publishError: Error | undefined;
  isPublisherAway = false;
  isReporting = true;
  /** What the sidecars serve, which lags behind what is published by nothing, unless they do not get it. */
  serving: Serving | undefined;
  isDeaf = false;
  /** Requests of each model. */
  readonly requests = new Map<string, number>();
  readonly models = new Map<string, Model>([CURRENT, CANDIDATE, OTHER].map((model) => [model.id, model]));
  readonly #draw: () => number;
  readonly #arrivals: Pick<Arrivals, 'stratum'>;
  readonly #of: Required<Pick<WorldOptions, 'proxies' | 'rps'>> & WorldOptions;
  #seq = 0;

  constructor(of: WorldOptions = {}) {
    this.#of = { proxies: 4, rps: 400, ...of };
    this.#draw = random(of.seed ?? 1);
    this.#arrivals = of.arrivals ?? new Arrivals(this.#draw);
  }

  /** Starts the trainer, or starts it again. */
  async start(): Promise<this> {
    const { gate = async () => verdict(true), records, options } = this.#of;
    this.rollout = await Rollout.open(
      {
        initial: CURRENT,
        publisher: { serve: (serving) => this.#serve(serving) },
        events: { emit: (kind, message, data = {}) => this.events.push({ kind, message, data }) },
        store: {
          read: () => this.written.at(-1),
          write: async (state) => {
            if (this.diskError) throw this.diskError;
            this.written.push(JSON.parse(JSON.stringify(state)) as RolloutState);
          },
        },
        models: {
          load: async (id) => {
            const model = this.models.get(id);
            if (!model) throw new Error(`no model ${id}`);
            return model;
          },
          evaluated: async (id) => this.noted.push(`${id} evaluated`),
          staged: async (id, stage) => this.noted.push(`${id} ${stage}`),
        },
        records: records ? { of: () => [...records] } : new LiveRecords(this.#draw),
        gate: (_candidate, _current, signal) => gate(signal),
        onHarm: (reason) => this.harms.push(reason),
        now: () => this.now,
        wallNow: () => this.wall,
      },
      options,
    );
    return this;
  }

  /** Seconds go by, each with its reports and a tick, until `done` says so. */
  async run(seconds: number, done: () => boolean = () => false): Promise<void> {
    for (let second = 0; second < seconds && !done(); second++) {
      this.now += 1000;
      this.wall += 1000;
      if (this.isReporting) for (const report of this.#reports()) this.rollout.onReport(report, this.now);
      await this.rollout.tick(this.now);
    }
  }

  runUntil(kind: string, seconds: number): Promise<void> {
    return this.run(seconds, () => this.last(kind) !== undefined);
  }

  last(kind: string): SeenEvent | undefined {
    return this.events.findLast((event) => event.kind === `rollout.${kind}`);
  }

  kinds(): string[] {
    return this.events.map(({ kind }) => kind.replace('rollout.', ''));
  }

  view() {
    return this.rollout.view(this.now);
  }

  async #serve(serving: Serving): Promise<void> {
    this.published.push(serving);
    if (this.publishError) throw this.publishError;
    if (!this.isDeaf) this.serving = serving;
    if (this.isPublisherAway) await new Promise(() => undefined);
  }

  *#reports(): Generator<Report> {
    const { proxies, rps, candidate = {} } = this.#of;
    if (!this.serving) return;
    const share = this.serving.candidate?.share ?? 0;
    for (let proxy = 0; proxy < proxies; proxy++) {
      const expected = rps / proxies;
      const requests = Math.floor(expected) + (this.#draw() < expected % 1 ? 1 : 0);
      const arms = this.#arrivals.stratum({ requests, share, candidate });
      const models = [
        { id: this.serving.current.id, ...arms.current },
        { id: this.serving.candidate?.model.id ?? '', ...arms.candidate },
      ].filter(({ requests: count }) => count > 0);
      for (const { id, requests: count } of models)
        this.requests.set(id, (this.requests.get(id) ?? 0) + count);
      yield reportOf(`proxy-${proxy}`, ++this.#seq, models);
    }
  }
}

export function reportOf(proxy: string, seq: number, models: Report['models']): Report {
  return {
    version: 1,
    proxy,
    seq,
    intervalMs: 1000,
    plugin: '',
    policy: 'actor',
    mode: 'act',
    workers: [],
    models,
    clusters: [],
    samples: [],
    counters: {},
  };
}
