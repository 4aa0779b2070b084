// plugin/core in Node: a typed face on the functions of simulator.wasm, so that tests, benchmarks and training run the
// very code that decides inside Envoy. One instance holds one cluster; times and random bits are arguments.
import { CONTEXT, FEATURES } from '../actor/model.js';
import { compileSimulator, instantiate, policyNames } from './wasm.js';

/** In the order of plugin/core/lanes.ts (a test compares). */
// prettier-ignore
export const LANES = [
  'Present', 'Eligible', 'Requests', 'Work', 'SiblingRequests', 'SiblingWork', 'SentSince', 'FleetRequests',
  'FleetLatency',
  'Latency', 'Deviation', 'Peak', 'Samples',
  'ServerRequests', 'ServerWork', 'ServerTime', 'ServerLatency', 'ServerRate', 'Cpu', 'Memory',
  'C3Response', 'C3Service', 'C3Queue', 'ErrorRate', 'RateFast', 'RateSlow', 'Affinity', 'Capacity', 'ErrorRun', 'Ejections',
  'LatencyAt', 'ServerAt', 'OutcomeAt', 'StartedAt', 'EjectedUntil', 'ReturnedAt',
  'Base', 'Score', 'Weight',
] as const;
export type Lane = (typeof LANES)[number];

/** Results of decoding a model file, in the order of `ModelFault` in plugin/core/model.ts. */
// prettier-ignore
export const MODEL_FAULTS = [
  'none', 'length', 'magic', 'version', 'feature-set', 'shape', 'checksum', 'not-finite', 'temperature', 'weight',
] as const;
export type ModelFault = (typeof MODEL_FAULTS)[number];

/** What `x-weir-load` or ORCA say of a server; absent = not said. */
export interface ServerLoad {
  readonly requests?: number;
  readonly work?: number;
  readonly timeMs?: number;
  readonly latencyMs?: number;
  readonly rate?: number;
  readonly cpu?: number;
  readonly memory?: number;
}

/** Averages of the cluster, in the order of `clusterValue`. */
const CLUSTER_VALUES = ['latency', 'deviation', 'serverTime', 'rateFast', 'rateSlow', 'startedAt'] as const;

/** Time of what never happened. */
const NEVER = -1e9;

export const DEFAULT_BOUNDS = { min: 0, max: 256, step: 0 };
export const DEFAULT_EJECTION = {
  consecutiveErrors: 5,
  baseMs: 1000,
  maxMs: 60000,
  maxShare: 0.5,
  panicShare: 0.3,
  slowStartMs: 5000,
};

export type Core = ReturnType<typeof loadCore>;

/** Instantiates simulator.wasm; an instance shares nothing with another. */
export function loadCore(wasm: Uint8Array) {
  const exports = instantiate(compileSimulator(wasm));
  const call = (name: string, ...values: number[]): number => exports[name]!(...values);
  const buffer = call('buffer');
  /** The buffer, seen anew at each use: a grown memory has another ArrayBuffer. */
  const bytes = () => new Uint8Array(exports.memory.buffer, buffer, 65536);
  const view = () => new DataView(exports.memory.buffer, buffer, 65536);
  const put = (data: ArrayLike<number>) => (bytes().set(data), data.length);
  const putText = (text: string) => put(Buffer.from(text, 'latin1'));
  const indices = (count: number) => Array.from({ length: count }, (_, i) => view().getInt32(i * 4, true));
  const policies = policyNames(exports);
  return {
    policies: policies as readonly string[],
    reset: (now = 0) => void call('reset', now),
    /** A new instance of the policy decides from now on. */
    setPolicy(name: string): void {
      const id = policies.indexOf(name);
      if (id < 0) throw new RangeError(`policy ${JSON.stringify(name)} is none of ${policies.join(', ')}`);
      call('setPolicy', id);
    },
    /** Keeps the instance in use beside others, until `reset`. */
    keepPolicy: () => call('keepPolicy'),
    usePolicy: (kept: number) => void call('usePolicy', kept),
    /** After a fault the core has no model that may decide. */
    loadModel: (file: Uint8Array): ModelFault => MODEL_FAULTS[call('loadModel', put(file))]!,
    featureSetHash: () => call('modelFeatureSetHash') >>> 0,
    setBounds(bounds: Partial<typeof DEFAULT_BOUNDS> = {}): void {
      const { min, max, step } = { ...DEFAULT_BOUNDS, ...bounds };
      call('setBounds', min, max, step);
    },
    setEjection(settings: Partial<typeof DEFAULT_EJECTION> = {}): void {
      const e = { ...DEFAULT_EJECTION, ...settings };
      call('setEjection', e.consecutiveErrors, e.baseMs, e.maxMs, e.maxShare, e.panicShare, e.slowStartMs);
    },
    setRequest: ({ work = 1, source = 0, destination = 0 } = {}) =>
      void call('setRequest', work, source, destination),
    add: (address: string, now = 0) => call('addEndpoint', putText(address), now),
    find: (address: string) => call('findEndpoint', putText(address)),
    remove: (endpoint: number) => void call('removeEndpoint', endpoint),
    count: () => call('endpointCount'),
    get: (lane: Lane, endpoint: number) => call('getLane', LANES.indexOf(lane), endpoint),
    set: (lane: Lane, endpoint: number, value: number) =>
      void call('setLane', LANES.indexOf(lane), endpoint, value),
    /** The fleet was never seen unless told when. */
    setCluster: (proxies: number, latency: number, fleetAt = NEVER) =>
      void call('setCluster', proxies, latency, fleetAt),
    cluster: (value: (typeof CLUSTER_VALUES)[number]) => call('clusterValue', CLUSTER_VALUES.indexOf(value)),
    refresh: (now: number, bits = 0) => call('refresh', now, bits),
    weigh: (temperature: number) => void call('weighScores', temperature),
    /** A whole decision: eligibility, policy, choice. `low` and `high` are 64 random bits. */
    decide: (now: number, low: number, high: number) => call('decide', now, low, high),
    decideMany: (rounds: number, now: number) => call('decideMany', rounds, now),
    probability: () => call('decisionProbability'),
    rank: (chosen: number, bits: number) => indices(call('rankAfter', chosen, bits)),
    start: (endpoint: number, work: number, now: number) => void call('start', endpoint, work, now),
    finish: (endpoint: number, work: number) => void call('finish', endpoint, work),
    latency: (endpoint: number, ms: number, now: number) => void call('latency', endpoint, ms, now),
    /** Whether the outcome ejected the endpoint. */
    outcome: (endpoint: number, failed: boolean, now: number) =>
      call('outcome', endpoint, Number(failed), now) !== 0,
    eject: (endpoint: number, now: number) => call('ejectEndpoint', endpoint, now) !== 0,
    ejected: (now: number) => call('ejected', now),
    serverLoad(endpoint: number, said: ServerLoad, now: number): void {
      const {
        requests = -1,
        work = -1,
        timeMs = -1,
        latencyMs = -1,
        rate = -1,
        cpu = -1,
        memory = -1,
      } = said;
      call('serverLoad', endpoint, requests, work, timeMs, latencyMs, rate, cpu, memory, now);
    },
    probeTargets: (bits: number) => indices(call('probeTargets', bits)),
    reuseBudget: (endpoints: number) => call('prequalReuseBudget', endpoints),
    classOf: (path: string) => call('classOf', putText(path)),
    observeClass: (index: number, ms: number, now: number) => void call('observeClass', index, ms, now),
    isClassKnown: (index: number) => call('classKnown', index) !== 0,
    classWork: (index: number) => call('classWork', index),
    /** What the last decision of the actor saw of an endpoint, and its context. */
    features(endpoint: number): { endpoint: Int8Array; context: Int8Array } {
      call('readFeatures', endpoint);
      const all = new Int8Array(bytes().slice(0, FEATURES + CONTEXT).buffer);
      return { endpoint: all.slice(0, FEATURES), context: all.slice(FEATURES) };
    },
    /** The network alone: n rows of FEATURES int8 in, n residuals out. */
    forward(features: Int8Array, context: Int8Array): Float32Array {
      const endpoints = features.length / FEATURES;
      bytes().set(new Uint8Array(context.buffer, context.byteOffset, CONTEXT));
      bytes().set(new Uint8Array(features.buffer, features.byteOffset, features.length), CONTEXT);
      call('runForward', endpoints);
      return new Float32Array(bytes().slice(0, endpoints * 4).buffer);
    },
    log2: (x: number) => call('log2Of', x),
    exp2: (x: number) => call('exp2Of', x),
    mix: (a: number, b: number) => call('mixOf', a, b) >>> 0,
    heapTop: () => call('heapTop'),
    memoryBytes: () => exports.memory.buffer.byteLength,
  };
}
