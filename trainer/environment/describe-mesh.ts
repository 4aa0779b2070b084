// A scenario as simulator.wasm takes it: calls of its functions, in the order that mesh-bindings.ts expects.
import { arrivalRate, expandEndpoints, meanServiceMs } from './capacity.js';
import { hitEndpoints } from './hits.js';
import type { Fault, LoadPattern, Scenario, ServiceTime } from './schema.js';
import type { Exports } from './wasm.js';

/** In the order of the enumerations in plugin/simulator. */
const SERVICE_TIMES = ['exponential', 'lognormal', 'pareto', 'deterministic', 'empirical'] as const;
const PATTERNS = ['steady', 'burst', 'diurnal', 'ramp', 'trace'] as const;
const FAULTS = { slow: 0, down: 1, errors: 2, absent: 3 } as const;

export interface MeshRun {
  readonly seed: number;
  /** Place in the list of policies, those that no proxy can run after the others. */
  readonly policy: number;
}

/** Describes the mesh to a fresh instance, which `startMesh` or `startWorkload` then starts. */
export function describeMesh(exports: Exports, scenario: Scenario, { seed, policy }: MeshRun): void {
  const call = (name: string, ...values: number[]) => exports[name]!(...values);
  const buffer = call('buffer');
  const giveList = (list: readonly number[]): void => {
    const at = call('listOf', list.length);
    new Float64Array(exports.memory.buffer, at, list.length).set(list);
  };
  const place = (service: string) => scenario.services.findIndex(({ name }) => name === service);

  const { proxies, workersPerProxy, networkMs, timeoutMs, requests, warmup, signals, load } = scenario;
  const [low, high] = [seed % 2 ** 32, Math.floor(seed / 2 ** 32)];
  const { serverLoad } = signals;
  const fleetViewMs = signals.fleetViewMs > 0 ? Math.max(SHORTEST_MS, signals.fleetViewMs) : 0;
  // prettier-ignore
  call('meshSettings', low, high, proxies, workersPerProxy, networkMs, timeoutMs, Number(serverLoad), fleetViewMs,
    policy, requests, warmup);
  for (const service of scenario.services) {
    const time = service.serviceTime;
    if (time.kind === 'empirical') giveList(time.samplesMs);
    const kind = SERVICE_TIMES.indexOf(time.kind);
    const queueLimit = int32(service.queueLimit);
    const id = call('addService', kind, meanServiceMs(time), shapeOf(time), queueLimit, service.errorRate);
    for (const { speed, workers } of expandEndpoints(service)) call('addServer', id, speed, int32(workers));
    for (const { path, share, factor } of service.classes) {
      const length = Buffer.from(path).copy(new Uint8Array(exports.memory.buffer, buffer, 65536));
      call('addClass', id, call('pathHash', length), share, factor);
    }
  }
  for (const [id, { calls }] of scenario.services.entries()) {
    for (const { service, probability, mode } of calls)
      call('addCall', id, place(service), probability, Number(mode === 'parallel'));
  }
  for (const [i, fault] of scenario.faults.entries()) {
    const service = place(fault.service);
    for (const [kind, atRandom, endpoint, ...times] of changes(fault, i, seed, scenario))
      call('addFault', FAULTS[kind], Number(atRandom), service, endpoint, ...times);
  }
  const { pattern } = load;
  if (pattern.kind === 'trace') giveList(pattern.rates);
  const kind = PATTERNS.indexOf(pattern.kind);
  call('setLoad', place(load.service), arrivalRate(scenario), kind, ...patternValues(pattern));
}

/** Periods that a file may make shorter than the simulated clock can tell apart, so that time stood still. */
const SHORTEST_MS = 0.01;

/** What WebAssembly would wrap around: a limit of 10^12 is no limit. */
const int32 = (count: number): number => Math.min(count, 2 ** 31 - 1);

function shapeOf(time: ServiceTime): number {
  if (time.kind === 'lognormal') return time.sigma;
  return time.kind === 'pareto' ? time.alpha : 0;
}

function patternValues(pattern: LoadPattern): [number, number, number] {
  switch (pattern.kind) {
    case 'steady':
      return [0, 0, 0];
    case 'burst':
      return [pattern.factor, pattern.share, Math.max(SHORTEST_MS / 1000, pattern.meanSeconds)];
    case 'diurnal':
      return [pattern.amplitude, pattern.periodSeconds, 0];
    case 'ramp':
      return [pattern.from, pattern.to, pattern.seconds];
    case 'trace':
      return [Math.max(SHORTEST_MS / 1000, pattern.stepSeconds), 0, 0];
  }
}

/** Kind, at random or once, endpoint, then begin and end (or mean times on and off) in ms, and the factor or rate. */
type Change = readonly [keyof typeof FAULTS, boolean, number, number, number, number];

function changes(fault: Fault, index: number, seed: number, scenario: Scenario): Change[] {
  if (fault.kind === 'random-slow') {
    const service = scenario.services.find(({ name }) => name === fault.service)!;
    const hits = hitEndpoints(seed, index, fault.share, expandEndpoints(service).length);
    const [on, off] = [fault.meanOnSeconds, fault.meanOffSeconds].map((s) => Math.max(SHORTEST_MS, s * 1000));
    return hits.map((endpoint) => ['slow', true, endpoint, on!, off!, fault.factor]);
  }
  const { kind, endpoint } = fault;
  // Added at the start it is there.
  if (kind === 'add')
    return fault.atSeconds === 0 ? [] : [['absent', false, endpoint, 0, fault.atSeconds * 1000, 0]];
  if (kind === 'remove') return [['absent', false, endpoint, fault.atSeconds * 1000, Infinity, 0]];
  const value = kind === 'slow' ? fault.factor : kind === 'errors' ? fault.rate : 0;
  return [[kind, false, endpoint, fault.fromSeconds * 1000, (fault.toSeconds ?? Infinity) * 1000, value]];
}
