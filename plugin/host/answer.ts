// The trainer's answer to a report: endpoint tables with the fleet view. It is read twice: once to see that all of it is
// well formed, then to apply it, so that half an answer changes nothing.
import { Lane } from '../core/lanes';
import { Slice, isAddress } from './bytes';
import { Cluster, Source } from './clusters';
import { meet } from './discovery';
import { Json } from './json';
import { Text } from './text';

const MIN_INTERVAL_MS: f64 = 100;
const MAX_INTERVAL_MS: f64 = 60000;

/** Interval that the last answer asked for, ms; 0 = none. */
export let nextIntervalMs: f64 = 0;

const json = new Json(0, 0);
const copy = new Text(1024);
/** Endpoints named by the answer, by slot: the others of the cluster leave. */
const named: StaticArray<u8> = new StaticArray<u8>(256);
let isApplying: bool = false;
let proxies: f32 = 1;

/** Applies an answer; false, with nothing changed, where it is malformed. */
export function applyAnswer(body: Slice, now: f64, maxClasses: i32): bool {
  // Reading unescapes in place, so the check gets a copy.
  copy.clear().bytes(body.at, body.length);
  return (
    pass(copy.at, body.length, now, maxClasses, false) && pass(body.at, body.length, now, maxClasses, true)
  );
}

function pass(at: usize, length: i32, now: f64, maxClasses: i32, apply: bool): bool {
  isApplying = apply;
  json.open(at, length);
  json.object();
  while (json.nextKey()) {
    if (json.is('nextMs')) {
      if (json.number() && apply) nextIntervalMs = min(MAX_INTERVAL_MS, max(MIN_INTERVAL_MS, json.value));
    } else if (json.is('proxies')) {
      if (json.number()) proxies = max<f64>(1, json.value) as f32;
    } else if (json.is('clusters')) {
      json.array();
      while (json.nextItem()) readCluster(now, maxClasses);
    } else {
      json.skip();
    }
  }
  return json.end();
}

function readCluster(now: f64, maxClasses: i32): void {
  let cluster: Cluster | null = null;
  let hasName = false;
  let age: f64 = 0;
  json.object();
  while (json.nextKey()) {
    if (json.is('name')) {
      if (!json.string()) return;
      hasName = json.length > 0;
      if (isApplying) cluster = meet(json.at, json.length, now, maxClasses);
    } else if (json.is('ageMs')) {
      json.number();
      age = json.value;
    } else if (json.is('endpoints')) {
      // The name comes first in every answer that this plugin understands.
      if (!hasName) json.failed = true;
      readEndpoints(cluster, now, age);
    } else {
      json.skip();
    }
  }
  if (!hasName) json.failed = true;
}

function readEndpoints(cluster: Cluster | null, now: f64, age: f64): void {
  let count = 0;
  memory.fill(changetype<usize>(named), 0, 256);
  json.array();
  while (json.nextItem()) {
    readEndpoint(cluster, now);
    count++;
  }
  if (cluster === null || json.failed || count == 0) return;
  const table = cluster.table;
  for (let i = 0; i < table.size; i++) if (unchecked(named[i]) == 0) table.remove(i);
  table.proxies = proxies;
  table.fleetAt = table.relative(now) - (max<f64>(age, 0) as f32);
  cluster.source = Source.Answered;
}

function readEndpoint(cluster: Cluster | null, now: f64): void {
  let address: usize = 0;
  let length = 0;
  let weight: f64 = 1;
  let inFlight: f64 = -1;
  let latency: f64 = -1;
  let cpu: f64 = -1;
  let memoryUse: f64 = -1;
  json.object();
  while (json.nextKey()) {
    if (json.is('address')) {
      if (!json.string()) return;
      address = json.at;
      length = json.length;
    } else if (json.is('weight')) {
      if (json.number()) weight = json.value;
    } else if (json.is('inFlight')) {
      if (json.number()) inFlight = json.value;
    } else if (json.is('latencyMs')) {
      if (json.number()) latency = json.value;
    } else if (json.is('cpu')) {
      if (json.number()) cpu = json.value;
    } else if (json.is('memory')) {
      if (json.number()) memoryUse = json.value;
    } else {
      json.skip();
    }
  }
  if (!isAddress(address, length)) json.failed = true;
  if (json.failed || cluster === null) return;
  const endpoint = cluster.add(address, length, now);
  if (endpoint < 0) return;
  const table = cluster.table;
  unchecked((named[endpoint] = 1));
  if (weight > 0 && weight <= 1000) table.set(Lane.Capacity, endpoint, weight as f32);
  if (inFlight >= 0) {
    const ours = table.get(Lane.Requests, endpoint) + table.get(Lane.SiblingRequests, endpoint);
    table.set(Lane.FleetRequests, endpoint, max<f32>(0, (min(inFlight, 1e6) as f32) - ours));
  }
  if (latency > 0 && latency < 1e7) table.set(Lane.FleetLatency, endpoint, latency as f32);
  if (cpu >= 0 && cpu <= 4) table.set(Lane.Cpu, endpoint, cpu as f32);
  if (memoryUse >= 0 && memoryUse <= 4) table.set(Lane.Memory, endpoint, memoryUse as f32);
}
