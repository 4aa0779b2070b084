// The client role on a response and at the end of a stream: latency, errors, the server's word, in-flight.
import { recordOutcome } from '../core/ejection';
import { onFinish, onLatency, onOutcome, onServerLoad, onStart } from '../core/estimators';
import { Lane, NEVER } from '../core/lanes';
import { Model } from '../core/model';
import { Headers } from './abi';
import { Slice, isAddress } from './bytes';
import { getProperty, removeHeader } from './calls';
import { nowMs } from './clock';
import { Cluster, Source, clusters } from './clusters';
import { Config } from './config';
import { Counter, count } from './metrics';
import { countModel } from './model-window';
import { LOAD_HEADER, RESPONSE_FLAGS, UPSTREAM_ADDRESS } from './names';
import { dropRecord, finishRecord } from './records';
import { ResponseHeaders } from './response-headers';
import { Root } from './roots';
import { markInFlightChanged } from './siblings';
import { Decider, Stream } from './streams';
import { Count } from './window';

const GRPC_UNAVAILABLE: i32 = 14;
/** Envoy's response flag UF: no connection to the upstream could be made. */
const CONNECT_FAILURE: i64 = 0x20;
/** An endpoint known from traffic alone that failed so often in a row has left. */
const GONE_AFTER: f32 = 3;

const headers = new ResponseHeaders();
const address = new Slice();
const property = new Slice();

export function onClientResponse(stream: Stream, root: Root): void {
  headers.read(Headers.Response);
  if (headers.hasLoadHeader) removeHeader(Headers.Response, LOAD_HEADER.at, LOAD_HEADER.length);
  if (stream.cluster < 0 || stream.responded || headers.status < 200) return;
  stream.responded = true;
  const cluster = unchecked(clusters[stream.cluster]);
  const now = nowMs();
  const served = servedBy(stream, cluster, now);
  const failed = headers.status >= 500 || headers.grpcStatus == GRPC_UNAVAILABLE;
  const latency = max<f64>(now - stream.started, 0.001) as f32;
  if (failed) count(Counter.Errors);
  settleModel(stream, root.config, latency, failed);
  if (stream.record >= 0) finishRecord(stream.record, latency, failed);
  stream.record = -1;
  if (stream.chosen >= 0 && stream.holder >= 0 && served != stream.chosen)
    passOver(stream, cluster, root.config, served, failed, now);
  if (served < 0) return;
  learn(cluster, stream, root, served, latency, failed, now);
}

/** Index of the endpoint that served the request, -1 where none did or it is not known. */
function servedBy(stream: Stream, cluster: Cluster, now: f64): i32 {
  if (!getProperty(UPSTREAM_ADDRESS, address)) return -1;
  const table = cluster.table;
  if (stream.chosen >= 0 && table.isAt(stream.chosen, address.at, address.length)) return stream.chosen;
  const known = table.find(address.at, address.length);
  if (known >= 0) cluster.familiar++;
  if (known >= 0 || cluster.source > Source.Seen || !isAddress(address.at, address.length)) return known;
  cluster.source = Source.Seen;
  cluster.familiar = 0;
  const met = cluster.add(address.at, address.length, now);
  // New to us, not to the cluster: it needs no slow start.
  if (met >= 0) table.set(Lane.ReturnedAt, met, NEVER);
  return met;
}

/** Not the chosen endpoint answered: it could not be reached, or is not in the cluster. */
function passOver(
  stream: Stream,
  cluster: Cluster,
  config: Config,
  served: i32,
  failed: bool,
  now: f64,
): void {
  const table = cluster.table;
  const chosen = stream.chosen;
  if (!address.isEmpty) {
    count(Counter.ServedNotChosen);
    cluster.window.servedNotChosen++;
    onFinish(table, chosen, stream.work);
    if (served >= 0) onStart(table, served, stream.work, now);
    stream.holder = served;
    markInFlightChanged();
  } else if (!failed) {
    // Envoy or another filter answered by itself, which says nothing of the endpoint.
    return;
  }
  cluster.window.add(chosen, Count.Connect);
  judge(cluster, chosen, true, config, now);
}

/** Adds what the response says of the endpoint that served it. */
function learn(
  cluster: Cluster,
  stream: Stream,
  root: Root,
  served: i32,
  latency: f32,
  failed: bool,
  now: f64,
): void {
  const table = cluster.table;
  const window = cluster.window;
  window.add(served, Count.Served);
  if (failed) {
    window.add(served, failureKind());
  } else {
    window.addLatency(served, latency);
    onLatency(table, served, latency, now);
    table.classes.observe(stream.classIndex, latency, table.relative(now));
  }
  judge(cluster, served, failed, root.config, now);
  const said = headers.load;
  onServerLoad(table, served, said, now);
  if (said.requests < 0) return;
  const balancer = root.balancer(cluster.index);
  balancer.policy.onProbe(served, said.requests, said.latencyMs >= 0 ? said.latencyMs : latency, now);
}

function failureKind(): Count {
  if (headers.status == 504) return Count.Timeout;
  const isConnect =
    headers.status == 503 &&
    getProperty(RESPONSE_FLAGS, property) &&
    property.length == 8 &&
    (load<i64>(property.at) & CONNECT_FAILURE) != 0;
  return isConnect ? Count.Connect : Count.Http5xx;
}

/** One outcome for error rate and ejection. */
function judge(cluster: Cluster, endpoint: i32, failed: bool, config: Config, now: f64): void {
  const table = cluster.table;
  onOutcome(table, endpoint, failed, now);
  if (!recordOutcome(table, endpoint, failed, config.ejection, now)) return;
  count(Counter.Ejections);
  if (cluster.source == Source.Seen && table.get(Lane.Ejections, endpoint) >= GONE_AFTER)
    table.remove(endpoint);
}

function settleModel(stream: Stream, config: Config, latency: f32, failed: bool): void {
  if (stream.decider == Decider.None) return;
  const model = stream.decider == Decider.Candidate ? config.candidate : config.model;
  if (model !== null) countModel(model as Model, latency, failed);
}

/** The stream is over: its request is in flight no more. */
export function settleClient(stream: Stream): void {
  if (stream.settled) return;
  stream.settled = true;
  if (stream.record >= 0) dropRecord(stream.record);
  stream.record = -1;
  if (stream.cluster < 0) return;
  const table = unchecked(clusters[stream.cluster]).table;
  if (stream.holder < 0) return;
  onFinish(table, stream.holder, stream.work);
  markInFlightChanged();
  if (stream.responded) return;
  // The client gave up: the true latency is above this, which says something only where it is above the average.
  const now = nowMs();
  const waited = (now - stream.started) as f32;
  if (waited > table.get(Lane.Latency, stream.holder) && table.isPresent(stream.holder)) {
    onLatency(table, stream.holder, waited, now);
  }
}
