// The mesh behind plain functions. An instance of the module runs one mesh: it is described, started, run, and read.
// Texts go in through `buffer` of core-bindings.ts, lists of numbers through `listOf`.
import { templateHash } from '../core/classes';
import { POLICY_NAMES, createPolicy } from '../core/policies/registry';
import { ModelFault } from '../core/model';
import { Policy } from '../core/policies/policy';
import { Arrivals, Pattern, PatternKind } from './arrivals';
import { Event } from './agenda';
import { Alternating } from './alternating';
import { buffer } from './core-bindings';
import { Fault, FaultKind, applyFaults } from './faults';
import { FloatActor } from './float-actor';
import { BINS, GROWTH, LEAST_MS } from './histogram';
import { advance, dueAt, schedule } from './mesh';
import { Oracle, OraclePolicy } from './oracles';
import { Proxy, Worker } from './proxy';
import { Stream, derive, unit } from './random';
import { SAMPLE_MS } from './samples';
import { Server } from './server';
import { Call, RequestClass, Service } from './service';
import { ServiceTime, ServiceTimeKind } from './service-time';
import { bounds, model, network, settings, table } from './settings';
import { START_MS, mesh } from './state';
import { TablePolicy } from './table-policy';
import { Seed } from './workload';

/** Numbers for the next function that takes a list: of any length, so that they have room of their own. */
let list = new StaticArray<f64>(0);

export function listOf(count: i32): usize {
  list = new StaticArray<f64>(count);
  return changetype<usize>(list);
}

export function meshSettings(
  seed: u32,
  seedHigh: u32,
  proxies: i32,
  workersPerProxy: i32,
  networkMs: f64,
  timeoutMs: f64,
  serverLoad: bool,
  fleetViewMs: f64,
  policy: i32,
  requests: i32,
  warmup: i32,
): void {
  settings.seed = derive(((seedHigh as u64) << 32) | (seed as u64), 0);
  settings.proxies = proxies;
  settings.workersPerProxy = workersPerProxy;
  settings.networkMs = networkMs;
  settings.timeoutMs = timeoutMs;
  settings.serverLoad = serverLoad;
  settings.fleetViewMs = fleetViewMs;
  settings.policy = policy;
  settings.requests = requests;
  settings.warmup = warmup;
}

/** The policies choose otherwise, and requests meet other workers, on the same workload. */
export function meshDice(dice: u32): void {
  settings.dice = derive(dice as u64, 0);
}

export function meshBounds(min: f32, max: f32, step: f32): void {
  bounds.min = min;
  bounds.max = max;
  bounds.step = step;
}

/** Decodes the model in the buffer; returns a ModelFault. */
export function meshModel(length: i32): ModelFault {
  return model.decode(buffer(), length);
}

/** Decodes the table in the buffer; returns whether it is one. */
export function meshTable(length: i32): bool {
  return table.decode(buffer(), length);
}

/** Reads the float network in the buffer; returns whether it is one. */
export function meshNetwork(length: i32): bool {
  return network.decode(buffer(), length);
}

/** Hash of the path in the buffer, as the filter takes it: of its template. */
export function pathHash(length: i32): u32 {
  return templateHash(buffer(), length, 0);
}

/** Adds a service; the list holds the samples of an empirical service time. Returns its place. */
export function addService(
  kind: ServiceTimeKind,
  meanMs: f64,
  shape: f64,
  queueLimit: i32,
  errorRate: f64,
): i32 {
  const time = new ServiceTime(kind, meanMs, shape, list);
  return mesh.services.push(new Service(mesh.services.length, time, meanMs, queueLimit, errorRate)) - 1;
}

export function addServer(service: i32, speed: f64, slots: i32): void {
  const servers = mesh.services[service].servers;
  servers.push(new Server(mesh.services[service], servers.length, speed, slots));
}

export function addClass(service: i32, hash: u32, share: f64, factor: f64): void {
  mesh.services[service].classes.push(new RequestClass(hash, share, factor));
}

export function addCall(service: i32, callee: i32, probability: f64, parallel: bool): void {
  mesh.services[service].calls.push(new Call(mesh.services[callee], probability, parallel));
}

/** Times in ms from the start; for a slowdown at random `from` and `to` are the mean times on and off. */
export function addFault(
  kind: FaultKind,
  atRandom: bool,
  service: i32,
  endpoint: i32,
  from: f64,
  to: f64,
  value: f64,
): void {
  const fault = new Fault(kind, mesh.services[service].servers[endpoint], from, to, value);
  if (atRandom) {
    const key = derive(derive(settings.seed, Seed.Faults), mesh.faults.length as u64);
    fault.random = new Alternating(new Stream(key), from, to);
  }
  mesh.faults.push(fault);
  if (kind == FaultKind.Down) mesh.mayBreak = true;
}

/** `rate`: requests a second at `service`; the list holds the rates of a trace. */
export function setLoad(service: i32, rate: f64, kind: PatternKind, a: f64, b: f64, c: f64): void {
  mesh.entry = service;
  const stream = new Stream(derive(settings.seed, Seed.Pattern));
  const pattern = new Pattern(kind, a, b, c, list, stream);
  mesh.arrivals = new Arrivals(rate, pattern, derive(settings.seed, Seed.Arrivals));
}

/** Everything is described: proxies are made, the first events are set. */
export function startMesh(): void {
  for (let i = 0; i < mesh.services.length; i++) mesh.services[i].finish();
  startFaults();
  for (let i = 0; i < settings.proxies; i++) createProxy(mesh.services[mesh.entry]);
  for (let i = 0; i < mesh.services.length; i++) {
    const servers = mesh.services[i].servers;
    for (let s = 0; s < servers.length; s++) equip(servers[s]);
  }
  mesh.agenda.add(START_MS + SAMPLE_MS, Event.Sample, 0);
  schedule();
}

function startFaults(): void {
  for (let i = 0; i < mesh.faults.length; i++) {
    const fault = mesh.faults[i];
    const random = fault.random;
    fault.on = random !== null ? random.on : fault.from <= 0;
    applyFaults(mesh.faults, fault.server);
    const next = fault.on || random !== null ? fault.next() : fault.from;
    if (next < Infinity) mesh.agenda.add(START_MS + next, Event.Fault, changetype<usize>(fault));
  }
}

/** The sidecar of an endpoint balances the services that it calls. */
function equip(server: Server): void {
  const calls = server.service.calls;
  for (let c = 0; c < calls.length; c++) {
    let known = 0;
    while (calls[known].callee != calls[c].callee) known++;
    server.outbound.push(known < c ? server.outbound[known] : createProxy(calls[c].callee));
  }
}

function createProxy(service: Service): Proxy {
  const proxy = new Proxy(service);
  const number = service.proxies.push(proxy) - 1;
  const key = derive(derive(settings.seed + settings.dice, Seed.Workers + service.id * 16), number as u64);
  for (let w = 0; w < settings.workersPerProxy; w++) {
    const random = new Stream(derive(key, w as u64));
    proxy.workers.push(
      new Worker(
        proxy,
        createAnyPolicy(settings.policy),
        random,
        derive(key, w + Seed.Affinity) as u32,
        START_MS,
      ),
    );
  }
  if (settings.fleetViewMs > 0) {
    const phase = unit(derive(key, Seed.Ticks + 256)) * settings.fleetViewMs;
    mesh.agenda.add(START_MS + phase, Event.FleetTick, changetype<usize>(proxy));
  }
  return proxy;
}

/** The references follow those that a proxy can run; the table and the float network follow them. */
function createAnyPolicy(id: i32): Policy {
  const oracle = id - POLICY_NAMES.length;
  if (oracle < 0) return createPolicy(id, model, bounds);
  if (oracle <= Oracle.Clairvoyant) return new OraclePolicy(oracle as Oracle);
  return oracle == Oracle.Clairvoyant + 1 ? new TablePolicy(table) : new FloatActor(network, bounds);
}

/** Runs up to `until` ms from the start; returns whether something is left to do. */
export function advanceMesh(until: f64): bool {
  return advance(until);
}

/** `rounds` more decisions of the entry's workers in turn, as they stand: their cost can be timed. */
export function decideAgain(rounds: i32): i32 {
  const proxies = mesh.services[mesh.entry].proxies;
  let sum = 0;
  for (let i = 0; i < rounds; i++) {
    const workers = proxies[i % settings.proxies].workers;
    const worker = workers[i % workers.length];
    sum += worker.choose(mesh.now, worker.random.next());
  }
  return sum;
}

export const enum Figure {
  Now,
  /** When something happens next. */
  Due,
  From,
  To,
  LatencySum,
  LatencySquares,
  Arrived,
  Ended,
  SojournSum,
  InSystemArea,
  JobsInUse,
  Probes,
  CpuSpread,
  MemorySpread,
  Moves,
  /** Plus the ending. */
  Endings,
}

/** A figure of the run so far; times are ms, of moments from the start. */
export function figure(which: Figure): f64 {
  const s = mesh.statistics;
  switch (which) {
    case Figure.Now:
      return mesh.now - START_MS;
    case Figure.Due:
      return dueAt() - START_MS;
    case Figure.From:
      return s.from - START_MS;
    case Figure.To:
      return s.to - START_MS;
    case Figure.LatencySum:
      return s.latencySum;
    case Figure.LatencySquares:
      return s.latencySquares;
    case Figure.Arrived:
      return s.arrived as f64;
    case Figure.Ended:
      return s.ended as f64;
    case Figure.SojournSum:
      return s.sojournSum;
    case Figure.InSystemArea:
      return s.inSystemAreaAt(mesh.now);
    case Figure.JobsInUse:
      return mesh.jobs.live as f64;
    case Figure.Probes:
      return s.probes as f64;
    case Figure.CpuSpread:
      return s.spreads > 0 ? s.cpuSpread / (s.spreads as f64) : 0;
    case Figure.MemorySpread:
      return s.spreads > 0 ? s.memorySpread / (s.spreads as f64) : 0;
    case Figure.Moves:
      return s.comparisons > 0 ? s.moved / (s.comparisons as f64) : 0;
    default:
      return s.endings[which - Figure.Endings] as f64;
  }
}

export const enum ServerFigure {
  Requests,
  BusyArea,
  JobsArea,
  InFlight,
}

/** A figure of an endpoint; areas are integrals over ms: of busy slots, of jobs waiting or on a slot. */
export function serverFigure(service: i32, endpoint: i32, which: ServerFigure): f64 {
  const server = mesh.services[service].servers[endpoint];
  switch (which) {
    case ServerFigure.Requests:
      return server.requests as f64;
    case ServerFigure.BusyArea:
      return server.utilisation.busyAreaAt(mesh.now, server.busy);
    case ServerFigure.JobsArea:
      return server.utilisation.jobsAreaAt(mesh.now, server.busy + server.queue.length);
    default:
      return server.inFlight as f64;
  }
}

/** Counts of latencies, u32 each. */
export function histogram(): usize {
  return changetype<usize>(mesh.statistics.latencies.counts);
}

export function histogramBins(): i32 {
  return BINS;
}

export function histogramLeast(): f64 {
  return LEAST_MS;
}

export function histogramGrowth(): f64 {
  return GROWTH;
}
