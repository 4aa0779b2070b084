// Prequal's probes: small requests to the destination's sidecar, which answers them itself with its load. They go
// through the same cluster with the target in `x-weir-endpoint`, so Envoy's `override_host` brings them there.
import { Policy } from '../core/policies/policy';
import { Headers, OK, proxy_http_call } from './abi';
import { Cluster, clusters } from './clusters';
import { nowMs } from './clock';
import { onServerLoad } from '../core/estimators';
import { CallHeaders } from './call-headers';
import { ENDPOINT_HEADER, METHOD, PATH, AUTHORITY, PROBE_HEADER, PROBE_PATH } from './names';
import { ResponseHeaders } from './response-headers';
import { Root } from './roots';
import { Name } from './bytes';

/** Probes in flight at most; more are not sent. */
const MAX_PENDING: i32 = 256;
/** A probe that takes longer is worth nothing (the paper's probe timeout is of this order). */
const TIMEOUT_MS: u32 = 500;
const GET = new Name('GET');
const ONE = new Name('1');

const targets = new StaticArray<i32>(8);
const tokens = new StaticArray<u32>(MAX_PENDING);
const owners = new StaticArray<u32>(MAX_PENDING);
const call = new CallHeaders();
const answer = new ResponseHeaders();
const tokenCell: usize = memory.data(4, 4);

/** Sends the probes that a policy wants after a choice. */
export function sendProbes(policy: Policy, cluster: Cluster, bits: u64): void {
  const wanted = policy.probes(cluster.table, targets, bits);
  for (let i = 0; i < wanted; i++) send(cluster, unchecked(targets[i]));
}

function send(cluster: Cluster, endpoint: i32): void {
  const table = cluster.table;
  let place = 0;
  while (place < MAX_PENDING && unchecked(tokens[place]) != 0) place++;
  if (place == MAX_PENDING) return;
  call.begin(5);
  call.add(METHOD, GET.at, GET.length);
  call.add(PATH, PROBE_PATH.at, PROBE_PATH.length);
  call.add(AUTHORITY, cluster.name.at, cluster.name.length);
  call.add(PROBE_HEADER, ONE.at, ONE.length);
  call.add(ENDPOINT_HEADER, table.addressOf(endpoint), table.addressLength(endpoint));
  const pairs = call.end();
  const name = cluster.name;
  if (proxy_http_call(name.at, name.length, pairs.at, pairs.length, 0, 0, 0, 0, TIMEOUT_MS, tokenCell) != OK)
    return;
  // Tokens start at 1 in Envoy; 0 marks a free place, so the stored token is one more.
  unchecked((tokens[place] = load<u32>(tokenCell) + 1));
  unchecked((owners[place] = ((cluster.index as u32) << 8) | (endpoint as u32)));
}

/** A root context ends, and Envoy cancels its calls: no answer comes that would free their places. */
export function forgetProbes(): void {
  memory.fill(changetype<usize>(tokens), 0, MAX_PENDING << 2);
}

/** Takes the answer to a probe; false when the token is none of ours. */
export function onProbeAnswer(root: Root, token: u32): bool {
  for (let place = 0; place < MAX_PENDING; place++) {
    if (unchecked(tokens[place]) != token + 1) continue;
    unchecked((tokens[place] = 0));
    const cluster = unchecked(clusters[unchecked(owners[place]) >> 8]);
    const endpoint = (unchecked(owners[place]) & 255) as i32;
    answer.read(Headers.HttpCallResponse);
    const said = answer.load;
    if (said.requests < 0) return true;
    const now = nowMs();
    onServerLoad(cluster.table, endpoint, said, now);
    const latency = said.latencyMs >= 0 ? said.latencyMs : cluster.table.meanLatency();
    root.balancer(cluster.index).policy.onProbe(endpoint, said.requests, latency, now);
    return true;
  }
  return false;
}
