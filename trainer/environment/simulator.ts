// The simulated mesh: one scenario under one policy in an instance of simulator.wasm. Everything that changes lies in the
// instance's memory, so that a copy of it is a copy of the mesh.
import { MODEL_FAULTS } from './core.js';
import { arrivalRate, expandEndpoints } from './capacity.js';
import { RECORD_FIELDS, readDecisions, type Decisions } from './decisions.js';
import { describeMesh } from './describe-mesh.js';
import { FLOAT_POLICY, ORACLE_POLICIES, TABLE_POLICY, type SimulatorPolicy } from './policies.js';
import { quantile } from './quantile.js';
import type { Scenario } from './scenario.js';
import type { Served } from './served.js';
import type {
  EndpointShare,
  LatencyHistogram,
  SimulationResult,
  SimulationWindow,
} from './simulation-result.js';
import { instantiate, policyNames, type CompiledSimulator, type Exports } from './wasm.js';

export { compileSimulator, type CompiledSimulator } from './wasm.js';

export interface SimulationOptions {
  readonly policy: SimulatorPolicy;
  /** Default: the scenario's. */
  readonly seed?: number;
  /** 1 and above: other choices of the policies on the same workload. */
  readonly dice?: number;
  /** Model file of the policy `actor`. */
  readonly model?: Uint8Array;
  /** Table of the policy `table`. */
  readonly table?: Uint8Array;
  /** Network of the policy `float`. */
  readonly network?: Uint8Array;
  /** Bounds of the actor's weights. */
  readonly bounds?: { readonly min: number; readonly max: number; readonly step: number };
  /** Keeps a sample of the decisions of the policy `actor` or `table`, for `takeDecisions`. */
  readonly record?: RecordOptions;
}

export interface RecordOptions {
  /** Share of the decisions that are kept. */
  readonly share: number;
  /** Decisions and rows (endpoints of decisions) kept at most between two calls of `takeDecisions`. */
  readonly decisions: number;
  readonly rows: number;
}

/** The memory of a mesh at a moment. */
export type Snapshot = Uint8Array<ArrayBuffer>;

/** In the order of `Figure` and `Ending` in plugin/simulator. */
// prettier-ignore
const FIGURES = [
  'now', 'due', 'from', 'to', 'latencySum', 'latencySquares', 'arrived', 'ended', 'sojournSum', 'inSystemArea', 'jobsInUse',
  'probes', 'cpuSpread', 'memorySpread', 'moves',
  'answered', 'failed', 'overflow', 'unreachable', 'broken', 'timeout',
] as const;
type Figure = (typeof FIGURES)[number];
const SERVER_FIGURES = ['requests', 'busyArea', 'jobsArea', 'inFlight'] as const;

/** Windows of a run, at most about so many. */
const WINDOWS = 60;

export class Simulator {
  #exports: Exports;

  /** @throws {Error} where the policy needs a model or a table and has none, or one that cannot be used */
  constructor(
    readonly compiled: CompiledSimulator,
    readonly scenario: Scenario,
    readonly options: SimulationOptions,
    from?: Snapshot,
  ) {
    this.#exports = instantiate(compiled);
    if (from) this.restore(from);
    else this.#start();
  }

  #start(): void {
    const { scenario, options } = this;
    const names = [
      ...policyNames(this.#exports),
      ...ORACLE_POLICIES,
      TABLE_POLICY,
      FLOAT_POLICY,
    ] as readonly SimulatorPolicy[];
    const { policy, model, table, network, bounds, dice, record, seed = scenario.seed } = options;
    if (dice) this.#call('meshDice', dice);
    if (bounds) this.#call('meshBounds', bounds.min, bounds.max, bounds.step);
    if (policy === 'actor' && !model) throw new Error('the policy actor needs a model');
    if (policy === TABLE_POLICY && !table) throw new Error('the policy table needs a table');
    if (model) this.loadModel(model);
    if (policy === FLOAT_POLICY && !network) throw new Error('the policy float needs a network');
    if (table) this.#loadTable(table);
    if (network) this.#loadNetwork(network);
    if (record) this.#call('recordDecisions', record.share, record.decisions, record.rows, seed % 2 ** 32);
    describeMesh(this.#exports, scenario, { seed, policy: names.indexOf(policy) });
    this.#call('startMesh');
  }

  /** Another model decides from now on, as after a hot reload. @throws {Error} where it cannot be used */
  loadModel(model: Uint8Array): void {
    new Uint8Array(this.#exports.memory.buffer, this.#call('buffer'), model.length).set(model);
    const fault = MODEL_FAULTS[this.#call('meshModel', model.length)];
    if (fault !== 'none') throw new Error(`the model cannot be used: ${fault}`);
  }

  #loadTable(table: Uint8Array): void {
    new Uint8Array(this.#exports.memory.buffer, this.#call('buffer'), table.length).set(table);
    if (this.#call('meshTable', table.length) === 0) throw new Error('the table cannot be used');
  }

  #loadNetwork(network: Uint8Array): void {
    new Uint8Array(this.#exports.memory.buffer, this.#call('buffer'), network.length).set(network);
    if (this.#call('meshNetwork', network.length) === 0) throw new Error('the network cannot be used');
  }

  /** Another model or table of the mesh's policy decides from now on. @throws {Error} where it cannot be used */
  serve(served: Served): void {
    if (served.policy === TABLE_POLICY) this.#loadTable(served.table);
    else if (served.policy === FLOAT_POLICY) this.#loadNetwork(served.network);
    else this.loadModel(served.model);
  }

  #call(name: string, ...values: number[]): number {
    return this.#exports[name]!(...values);
  }

  /** Runs up to a simulated time in ms; returns whether something is left to do. */
  advance(untilMs: number): boolean {
    return this.#call('advanceMesh', untilMs) !== 0;
  }

  /** Times are ms from the start, areas integrals over ms, the last six counts of requests by how they ended. */
  figure(name: Figure): number {
    return this.#call('figure', FIGURES.indexOf(name));
  }

  /** A figure of an endpoint; areas are integrals over ms: of busy slots, of jobs waiting or on a slot. */
  serverFigure(service: number, endpoint: number, name: (typeof SERVER_FIGURES)[number]): number {
    return this.#call('serverFigure', service, endpoint, SERVER_FIGURES.indexOf(name));
  }

  /** `rounds` more decisions of the entry's proxies as they stand, for who wants to time them. */
  decide(rounds: number): void {
    this.#call('decideAgain', rounds);
  }

  /** The decisions recorded since the last call. */
  takeDecisions(): Decisions {
    const field = (name: (typeof RECORD_FIELDS)[number]) =>
      this.#call('recordField', RECORD_FIELDS.indexOf(name));
    const decisions = readDecisions(this.#exports.memory.buffer, field);
    this.#call('clearRecords');
    return decisions;
  }

  /** Decisions recorded so far. */
  recorded(): number {
    return this.#call('recordField', 0);
  }

  memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  snapshot(): Snapshot {
    return new Uint8Array(this.#exports.memory.buffer.slice(0));
  }

  /** Goes back, or over, to the moment of a snapshot of the same scenario and policy. */
  restore(snapshot: Snapshot): void {
    // A memory cannot shrink, and what lies past the snapshot's end would be lost to its allocator.
    if (this.memoryBytes() > snapshot.length) this.#exports = instantiate(this.compiled);
    const missing = snapshot.length - this.memoryBytes();
    if (missing > 0) this.#exports.memory.grow(missing / 65536);
    new Uint8Array(this.#exports.memory.buffer).set(snapshot);
  }

  /** An independent mesh that goes on from this one's present moment. */
  fork(): Simulator {
    return new Simulator(this.compiled, this.scenario, this.options, this.snapshot());
  }

  /** Latencies so far. */
  histogram(): LatencyHistogram {
    const at = this.#call('histogram');
    const bins = this.#call('histogramBins');
    return {
      leastMs: this.#call('histogramLeast'),
      growth: this.#call('histogramGrowth'),
      counts: new Uint32Array(this.#exports.memory.buffer, at, bins).slice(),
    };
  }

  /** Runs to the end. */
  run(): SimulationResult {
    const { requests, warmup } = this.scenario;
    const windowMs = ((requests + warmup) / arrivalRate(this.scenario) / WINDOWS) * 1000;
    const windows: SimulationWindow[] = [];
    let before = this.#counts();
    for (let going = true; going;) {
      // No windows where nothing happens, which may be long.
      const quietMs = Math.floor(this.figure('due') / windowMs) * windowMs;
      const fromMs = Math.max(this.figure('now'), quietMs);
      going = this.advance(fromMs + windowMs);
      const after = this.#counts();
      if (after.ended > before.ended) windows.push(this.#window(fromMs, before, after));
      before = after;
    }
    return this.#result(windows);
  }

  #counts() {
    const errors = this.#errors();
    const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
    return { failed, ended: failed + this.figure('answered'), histogram: this.histogram() };
  }

  #errors(): SimulationResult['errorKinds'] {
    return {
      timeout: this.figure('timeout'),
      overflow: this.figure('overflow'),
      unreachable: this.figure('unreachable') + this.figure('broken'),
      failed: this.figure('failed'),
    };
  }

  #window(fromMs: number, before: Counts, after: Counts): SimulationWindow {
    const counts = after.histogram.counts.map((count, bin) => count - before.histogram.counts[bin]!);
    const histogram = { ...after.histogram, counts };
    const origin = this.figure('from');
    return {
      fromSeconds: Math.max(0, fromMs - origin) / 1000,
      toSeconds: (this.figure('now') - origin) / 1000,
      requests: after.ended - before.ended,
      errors: after.failed - before.failed,
      p50Ms: quantile(histogram, 0.5),
      p99Ms: quantile(histogram, 0.99),
    };
  }

  #result(windows: readonly SimulationWindow[]): SimulationResult {
    const histogram = this.histogram();
    const { failed, ended } = this.#counts();
    const seconds = (this.figure('to') - this.figure('from')) / 1000;
    return {
      requests: ended,
      errors: failed,
      errorKinds: this.#errors(),
      meanMs: this.figure('latencySum') / (this.figure('answered') + this.figure('timeout')),
      p50Ms: quantile(histogram, 0.5),
      p90Ms: quantile(histogram, 0.9),
      p99Ms: quantile(histogram, 0.99),
      p999Ms: quantile(histogram, 0.999),
      throughputRps: seconds > 0 ? this.figure('answered') / seconds : 0,
      cpuSpread: this.figure('cpuSpread'),
      memorySpread: this.figure('memorySpread'),
      moves: this.figure('moves'),
      probes: this.figure('probes'),
      seconds,
      histogram,
      windows,
      endpoints: this.#endpoints(),
    };
  }

  #endpoints(): EndpointShare[] {
    const runMs = this.figure('now');
    return this.scenario.services.flatMap((service, id) => {
      const endpoints = expandEndpoints(service);
      const requests = endpoints.map((_, i) => this.serverFigure(id, i, 'requests'));
      const all = requests.reduce((sum, count) => sum + count, 0);
      return endpoints.map(({ speed, workers }, endpoint) => ({
        service: service.name,
        endpoint,
        speed,
        workers,
        requests: requests[endpoint]!,
        share: all > 0 ? requests[endpoint]! / all : 0,
        cpu: this.serverFigure(id, endpoint, 'busyArea') / runMs / workers,
      }));
    });
  }
}

interface Counts {
  readonly failed: number;
  readonly ended: number;
  readonly histogram: LatencyHistogram;
}
