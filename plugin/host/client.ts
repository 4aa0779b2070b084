// The client role on a request: chooses an endpoint and writes the ranked list for Envoy's `override_host`.
// Whatever is missing (table, endpoints, model), the request goes on without a list: Envoy's own balancing takes it.
import { refreshEligible } from '../core/ejection';
import { onStart } from '../core/estimators';
import { fnv1a, mix, uniform } from '../core/math';
import { MODEL_ID_BYTES, Model } from '../core/model';
import { Policy, Request } from '../core/policies/policy';
import { ACTOR } from '../core/policies/registry';
import { RANKS, rank } from '../core/ranking';
import { Headers, proxy_set_property } from './abi';
import { Name, Slice } from './bytes';
import { getProperty, replaceHeader } from './calls';
import { nowMs, lastWallMs, wallNs } from './clock';
import { Cluster, Source } from './clusters';
import { Config, Mode } from './config';
import { meet } from './discovery';
import { decidesWith } from './house';
import { Counter, count, recordDecision } from './metrics';
import {
  CLUSTER_PROPERTY,
  CLUSTER_PROPERTY_OLD,
  DECISION_STATE,
  ENDPOINT_HEADER,
  SOURCE_ADDRESS,
  USER_STATE,
} from './names';
import { sendProbes } from './probes';
import { randomBits } from './random';
import { openRecord } from './records';
import { RequestHeaders } from './request-headers';
import { Root } from './roots';
import { announce, exchange } from './siblings';
import { Decider, Stream } from './streams';
import { Text } from './text';
import { Count } from './window';

/** One decision in so many is timed: two host calls more. */
const TIMED: u64 = 64;
/** While endpoints are known from traffic alone, this share of it stays with Envoy, which finds the others. */
const EXPLORE: f32 = 1.0 / 16.0;
/** Answers for each known endpoint without a new one before steering begins. */
const ROUNDS: i32 = 4;

const headers = new RequestHeaders();
const request = new Request();
const clusterName = new Slice();
const property = new Slice();
const ranked = new StaticArray<i32>(RANKS);
/** The user; then `ip:port,ip:port,ip:port`, and for traces `|` and the id of the model. */
const text = new Text(RANKS * 64 + 1 + 2 * MODEL_ID_BYTES);

export function onClientRequest(stream: Stream, root: Root): void {
  const config = root.config;
  headers.read(config.classes, config.userHeader);
  if (config.userHeader !== null && !headers.user.isEmpty) nameUser(config);
  if (config.mode == Mode.Off) return;
  if (!getProperty(CLUSTER_PROPERTY, clusterName) && !getProperty(CLUSTER_PROPERTY_OLD, clusterName)) return;
  if (!config.handles(clusterName.at, clusterName.length)) return;
  const now = nowMs();
  stream.started = now;
  count(Counter.Requests);
  const cluster = meet(clusterName.at, clusterName.length, now, config.classes.max);
  if (cluster === null) {
    count(Counter.Fallback);
    return;
  }
  stream.cluster = cluster.index;
  cluster.window.requests++;
  cluster.isDirty = true;
  describe(cluster, config, stream);
  const bits = randomBits();
  if (!decide(stream, root, cluster, now, bits)) {
    count(Counter.Fallback);
    cluster.window.fallback++;
    return;
  }
  cluster.window.add(stream.chosen, Count.Chosen);
  unchecked(cluster.chosen[stream.chosen]++);
  if (config.mode == Mode.Act) steer(stream, config, cluster, now, (bits >> 8) as u32);
}

/** Fills `request` with what policies may know. */
function describe(cluster: Cluster, config: Config, stream: Stream): void {
  const classes = cluster.table.classes;
  const hash = headers.classHash(config.classes);
  stream.classIndex = hash == 0 ? -1 : classes.indexOf(hash);
  request.work = classes.work(stream.classIndex);
  stream.work = request.work;
  request.destination = headers.destinationHash();
  request.source = 0;
  // The caller's address costs a host call: only the policy that hashes it asks for it.
  if (config.hashesSource && getProperty(SOURCE_ADDRESS, property)) {
    let length = property.length;
    while (length > 0 && load<u8>(property.at + length - 1) != 0x3a) length--;
    request.source = fnv1a(property.at, length);
  }
}

/** Chooses; false where the request stays with Envoy's own balancing. */
function decide(stream: Stream, root: Root, cluster: Cluster, now: f64, bits: u64): bool {
  const table = cluster.table;
  const config = root.config;
  exchange(now, lastWallMs());
  const timed = bits % TIMED == 0;
  const began = timed ? wallNs() : 0;
  if (refreshEligible(table, config.ejection, now, (bits >> 20) as u32) == 0) return false;
  if (cluster.source == Source.Seen) {
    // Until several rounds over all brought nothing new, Envoy alone balances.
    if (cluster.familiar < ROUNDS * (table.count + 1)) return false;
    if (uniform(mix(bits as u32, RANKS)) < EXPLORE) return false;
  }
  const balancer = root.balancer(cluster.index);
  const candidate = balancer.candidate;
  const tries = candidate !== null && uniform((bits >> 13) as u32) < config.candidateShare;
  const policy: Policy = tries ? candidate! : balancer.policy;
  const chosen = policy.choose(table, request, now, bits);
  if (timed) recordDecision(wallNs() - began);
  if (chosen < 0) return false;
  stream.chosen = chosen;
  stream.probability = policy.probability();
  if (config.policy == ACTOR) {
    const model = (tries ? config.candidate : config.model) as Model;
    stream.decider = tries ? Decider.Candidate : Decider.Model;
    if (!tries) decidesWith(config);
    stream.record = openRecord(cluster.index, table, chosen, stream.probability, model, now);
  } else {
    decidesWith(config);
  }
  sendProbes(policy, cluster, bits);
  return true;
}

/** Writes the ranked list and counts the request as in flight at the chosen endpoint. */
function steer(stream: Stream, config: Config, cluster: Cluster, now: f64, bits: u32): void {
  const table = cluster.table;
  const ranks = rank(table, stream.chosen, ranked, bits);
  text.clear();
  for (let i = 0; i < ranks; i++) {
    const endpoint = unchecked(ranked[i]);
    if (i > 0) text.byte(0x2c);
    text.bytes(table.addressOf(endpoint), table.addressLength(endpoint));
  }
  replaceHeader(Headers.Request, ENDPOINT_HEADER, text.at, text.length);
  if (config.traced) nameDecision(stream, config);
  stream.holder = stream.chosen;
  onStart(table, stream.holder, stream.work, now);
  announce(now);
  count(Counter.Steered);
}

/** What was decided, and by which model, as filter state for traces. */
function nameDecision(stream: Stream, config: Config): void {
  const model = stream.decider == Decider.Candidate ? config.candidate : config.model;
  if (stream.decider != Decider.None) text.byte(0x7c).hex(changetype<usize>(model!.id), MODEL_ID_BYTES);
  setState(DECISION_STATE, 0);
}

/** The user as filter state, so that access logs and traces can name it: hashed unless told otherwise. */
function nameUser(config: Config): void {
  text.clear();
  if (config.hashUser) text.u32(fnv1a(headers.user.at, headers.user.length)).hex(text.at, 4);
  else text.bytes(headers.user.at, min(headers.user.length, 256));
  setState(USER_STATE, config.hashUser ? 4 : 0);
}

/** @param skip bytes of the text that are not part of it */
function setState(name: Name, skip: i32): void {
  proxy_set_property(name.at, name.length, text.at + skip, text.length - skip);
}
