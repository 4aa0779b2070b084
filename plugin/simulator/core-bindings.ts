// plugin/core for Node: one cluster at a time behind plain functions, so that tests and benchmarks run the very code
// that decides inside Envoy. Bytes go in through `buffer`; times are ms, random bits two words.
import { eject, ejectedCount, recordOutcome, refreshEligible } from '../core/ejection';
import { EndpointTable } from '../core/endpoint-table';
import { ServerLoad, onFinish, onLatency, onOutcome, onServerLoad, onStart } from '../core/estimators';
import {
  FEATURES,
  FEATURE_SET_HASH,
  contextVector,
  copyContext,
  copyFeatures,
  featurePairs,
} from '../core/features';
import { forward } from '../core/actor';
import { templateHash } from '../core/classes';
import { Lane, MAX_ENDPOINTS } from '../core/lanes';
import { exp2, log2, mix } from '../core/math';
import { Model } from '../core/model';
import { eligibleCount } from '../core/policies/pick';
import { Policy, Request } from '../core/policies/policy';
import { POLICY_NAMES, createPolicy } from '../core/policies/registry';
import { reuseBudget } from '../core/policies/prequal';
import { RANKS, rank } from '../core/ranking';
import { EjectionSettings, WeightBounds } from '../core/settings';
import { weigh } from '../core/weights';

const BUFFER_BYTES: i32 = 65536;
const bytes: usize = memory.data(BUFFER_BYTES, 16);
const model = new Model();
const bounds = new WeightBounds();
const ejection = new EjectionSettings();
const request = new Request();
const said = new ServerLoad();
const ranked = new StaticArray<i32>(RANKS);
const targets = new StaticArray<i32>(8);
let table = new EndpointTable(0, 64, 0);
let policy: Policy = createPolicy(1, model, bounds);
const policies: Policy[] = [];

/** Where Node writes bytes for the next call and reads those of the last. */
export function buffer(): usize {
  return bytes;
}

/** Starts over with an empty cluster at time `now`. */
export function reset(now: f64): void {
  table.dispose();
  table = new EndpointTable(now, 64, 0);
  policies.length = 0;
}

export function setPolicy(id: i32): void {
  policy = createPolicy(id, model, bounds);
}

/** Keeps the policy in use; returns a number for `usePolicy`. Forgotten at `reset`. */
export function keepPolicy(): i32 {
  return policies.push(policy) - 1;
}

export function usePolicy(kept: i32): void {
  policy = policies[kept];
}

export function policyCount(): i32 {
  return POLICY_NAMES.length;
}

/** Writes the name of policy `id` to the buffer as UTF-16; returns its length in units. */
export function policyName(id: i32): i32 {
  const name = POLICY_NAMES[id];
  memory.copy(bytes, changetype<usize>(name), name.length << 1);
  return name.length;
}

/** Decodes the model in the buffer; returns a ModelFault. */
export function loadModel(length: i32): i32 {
  return model.decode(bytes, length) as i32;
}

export function modelFeatureSetHash(): u32 {
  return FEATURE_SET_HASH;
}

export function setBounds(min: f32, max: f32, step: f32): void {
  bounds.min = min;
  bounds.max = max;
  bounds.step = step;
}

export function setEjection(
  errors: i32,
  baseMs: f32,
  maxMs: f32,
  maxShare: f32,
  panic: f32,
  slowMs: f32,
): void {
  ejection.consecutiveErrors = errors;
  ejection.baseMs = baseMs;
  ejection.maxMs = maxMs;
  ejection.maxShare = maxShare;
  ejection.panicShare = panic;
  ejection.slowStartMs = slowMs;
}

export function setRequest(work: f32, source: u32, destination: u32): void {
  request.work = work;
  request.source = source;
  request.destination = destination;
}

/** Adds the address in the buffer. */
export function addEndpoint(length: i32, now: f64): i32 {
  return table.add(bytes, length, now);
}

export function findEndpoint(length: i32): i32 {
  return table.find(bytes, length);
}

export function removeEndpoint(endpoint: i32): void {
  table.remove(endpoint);
}

export function endpointCount(): i32 {
  return table.count;
}

export function getLane(lane: i32, endpoint: i32): f32 {
  return table.get(lane as Lane, endpoint);
}

export function setLane(lane: i32, endpoint: i32, value: f32): void {
  table.set(lane as Lane, endpoint, value);
}

/** `fleetAt`: when the fleet was last seen, in ms since the origin. */
export function setCluster(proxies: f32, latency: f32, fleetAt: f32): void {
  table.proxies = proxies;
  table.latency = latency;
  table.fleetAt = fleetAt;
}

/** Averages of the cluster: latency, deviation, server time, fast and slow rate, moment of the last start. */
export function clusterValue(index: i32): f32 {
  switch (index) {
    case 0:
      return table.latency;
    case 1:
      return table.deviation;
    case 2:
      return table.serverTime;
    case 3:
      return table.rateFast;
    case 4:
      return table.rateSlow;
    default:
      return table.startedAt;
  }
}

/** Sets the `Eligible` lane as for a decision; returns how many are eligible. */
export function refresh(now: f64, bits: u32): i32 {
  return refreshEligible(table, ejection, now, bits);
}

/** Turns the `Score` lane into weights under the bounds. */
export function weighScores(temperature: f32): void {
  weigh(table, temperature, bounds, eligibleCount(table));
}

/** A whole decision: eligibility, features, network, weights, sample. */
export function decide(now: f64, low: u32, high: u32): i32 {
  const bits = ((high as u64) << 32) | (low as u64);
  refreshEligible(table, ejection, now, (bits >> 16) as u32);
  return policy.choose(table, request, now, bits);
}

/** `rounds` decisions with generated bits; returns a sum that depends on each: for benchmarks. */
export function decideMany(rounds: i32, now: f64): i32 {
  let sum = 0;
  let state: u64 = 0x9e3779b97f4a7c15;
  for (let i = 0; i < rounds; i++) {
    state = state * 6364136223846793005 + 1442695040888963407;
    refreshEligible(table, ejection, now, (state >> 16) as u32);
    sum += policy.choose(table, request, now, state);
  }
  return sum;
}

export function decisionProbability(): f32 {
  return policy.probability();
}

/** Ranked list after `chosen` as int32 in the buffer; returns its length. */
export function rankAfter(chosen: i32, bits: u32): i32 {
  const count = rank(table, chosen, ranked, bits);
  for (let i = 0; i < count; i++) store<i32>(bytes + (i << 2), ranked[i]);
  return count;
}

export function start(endpoint: i32, work: f32, now: f64): void {
  onStart(table, endpoint, work, now);
}

export function finish(endpoint: i32, work: f32): void {
  onFinish(table, endpoint, work);
}

export function latency(endpoint: i32, ms: f32, now: f64): void {
  onLatency(table, endpoint, ms, now);
}

/** Returns whether the outcome ejected the endpoint. */
export function outcome(endpoint: i32, failed: bool, now: f64): bool {
  onOutcome(table, endpoint, failed, now);
  return recordOutcome(table, endpoint, failed, ejection, now);
}

export function ejectEndpoint(endpoint: i32, now: f64): bool {
  return eject(table, endpoint, ejection, now);
}

export function ejected(now: f64): i32 {
  return ejectedCount(table, now);
}

export function serverLoad(
  endpoint: i32,
  requests: f32,
  work: f32,
  timeMs: f32,
  latencyMs: f32,
  rate: f32,
  cpu: f32,
  mem: f32,
  now: f64,
): void {
  said.requests = requests;
  said.work = work;
  said.timeMs = timeMs;
  said.latencyMs = latencyMs;
  said.rate = rate;
  said.cpu = cpu;
  said.memory = mem;
  onServerLoad(table, endpoint, said, now);
  if (requests < 0) return;
  const latency = latencyMs >= 0 ? latencyMs : timeMs >= 0 ? timeMs : table.meanLatency();
  policy.onProbe(endpoint, requests, latency, now);
}

export function probeTargets(bits: u32): i32 {
  const count = policy.probes(table, targets, bits);
  for (let i = 0; i < count; i++) store<i32>(bytes + (i << 2), targets[i]);
  return count;
}

export function prequalReuseBudget(endpoints: i32): f32 {
  return reuseBudget(endpoints);
}

/** Class index of the path in the buffer, hashed as a template. */
export function classOf(length: i32): i32 {
  return table.classes.indexOf(templateHash(bytes, length, 0));
}

export function observeClass(index: i32, ms: f32, now: f64): void {
  table.classes.observe(index, ms, table.relative(now));
}

export function classKnown(index: i32): bool {
  return table.classes.isKnown(index);
}

export function classWork(index: i32): f32 {
  return table.classes.work(index);
}

/** Features of an endpoint (FEATURES int8) and the context (8) to the buffer. */
export function readFeatures(endpoint: i32): void {
  copyFeatures(endpoint, bytes);
  copyContext(bytes + FEATURES);
}

/**
 * The forward pass alone: the buffer holds the context (8 int8) and then `count` rows of FEATURES int8; the residuals come
 * back as f32 in the buffer.
 */
export function runForward(count: i32): void {
  for (let i = 0; i < 8; i++) store<i16>(contextVector + (i << 1), load<i8>(bytes + i));
  for (let endpoint = 0; endpoint < count; endpoint++) {
    for (let feature = 0; feature < FEATURES; feature++) {
      const block = featurePairs + (((endpoint >> 2) * (FEATURES / 2)) << 4);
      const at = block + ((feature >> 1) << 4) + ((endpoint & 3) << 2) + ((feature & 1) << 1);
      store<i16>(at, load<i8>(bytes + 8 + endpoint * FEATURES + feature));
    }
  }
  for (let i = 0; i < MAX_ENDPOINTS; i++) store<f32>(presence + (i << 2), i < count ? 1 : 0);
  forward(model, count, count, presence, bytes);
}
const presence: usize = memory.data(MAX_ENDPOINTS << 2, 16);

/** Where the next small allocation would go: what allocates and keeps moves it. */
export function heapTop(): usize {
  const top = heap.alloc(0);
  heap.free(top);
  return top;
}

export function log2Of(x: f32): f32 {
  return log2(x);
}

export function exp2Of(x: f32): f32 {
  return exp2(x);
}

export function mixOf(a: u32, b: u32): u32 {
  return mix(a, b);
}
