// What a worker learns of an endpoint from its own requests and from what servers, siblings and the fleet say.
// Every function takes the time, in milliseconds of any monotone clock.
import {
  ERROR_TAU_MS,
  LATENCY_KEEP,
  LATENCY_TAU_MS,
  PEAK_TAU_MS,
  RATE_FAST_MS,
  RATE_SLOW_MS,
  SIGNAL_TTL_MS,
} from './constants';
import { EndpointTable } from './endpoint-table';
import { Lane } from './lanes';
import { decay, keepShare } from './math';

/** C3's alpha (section 3.1 of its paper): share of the past in its averages. */
const C3_KEEP: f32 = 0.9;

/** A request of `work` (1 = a mean request) goes to `endpoint`. */
export function onStart(table: EndpointTable, endpoint: i32, work: f32, now: f64): void {
  const at = table.relative(now);
  table.set(Lane.Requests, endpoint, table.get(Lane.Requests, endpoint) + 1);
  table.set(Lane.Work, endpoint, table.get(Lane.Work, endpoint) + work);
  table.set(Lane.SentSince, endpoint, table.get(Lane.SentSince, endpoint) + 1);
  const elapsed = at - table.get(Lane.StartedAt, endpoint);
  table.set(Lane.RateFast, endpoint, rate(table.get(Lane.RateFast, endpoint), elapsed, RATE_FAST_MS));
  table.set(Lane.RateSlow, endpoint, rate(table.get(Lane.RateSlow, endpoint), elapsed, RATE_SLOW_MS));
  table.set(Lane.StartedAt, endpoint, at);
  table.rateFast = rate(table.rateFast, at - table.startedAt, RATE_FAST_MS);
  table.rateSlow = rate(table.rateSlow, at - table.startedAt, RATE_SLOW_MS);
  table.startedAt = at;
}

/** An exponentially decayed count of events, as events a second. */
function rate(past: f32, elapsed: f32, tau: f32): f32 {
  return past * decay(elapsed, tau) + 1000 / tau;
}

/** A request of `work` left `endpoint`, however it ended. */
export function onFinish(table: EndpointTable, endpoint: i32, work: f32): void {
  table.set(Lane.Requests, endpoint, max<f32>(table.get(Lane.Requests, endpoint) - 1, 0));
  table.set(Lane.Work, endpoint, max<f32>(table.get(Lane.Work, endpoint) - work, 0));
}

/** `endpoint` answered after `latency` ms. */
export function onLatency(table: EndpointTable, endpoint: i32, latency: f32, now: f64): void {
  const at = table.relative(now);
  const samples = table.get(Lane.Samples, endpoint);
  const elapsed = at - table.get(Lane.LatencyAt, endpoint);
  const keep = min<f32>(samples / (samples + 1), max<f32>(decay(elapsed, LATENCY_TAU_MS), LATENCY_KEEP));
  const average = table.get(Lane.Latency, endpoint) * keep + latency * (1 - keep);
  const deviation = table.get(Lane.Deviation, endpoint) * keep + abs<f32>(latency - average) * (1 - keep);
  const keepPeak = decay(elapsed, PEAK_TAU_MS);
  const peak = table.get(Lane.Peak, endpoint);
  table.set(Lane.Latency, endpoint, average);
  table.set(Lane.Deviation, endpoint, deviation);
  table.set(Lane.Peak, endpoint, latency > peak ? latency : peak * keepPeak + latency * (1 - keepPeak));
  table.set(Lane.C3Response, endpoint, c3(table.get(Lane.C3Response, endpoint), latency, samples));
  table.set(Lane.Samples, endpoint, samples + 1);
  table.set(Lane.LatencyAt, endpoint, at);
  const keepAll = keepShare(table.samples, at - table.latencyAt, LATENCY_TAU_MS);
  table.latency = table.latency * keepAll + latency * (1 - keepAll);
  table.deviation = table.deviation * keepAll + abs<f32>(latency - table.latency) * (1 - keepAll);
  table.samples += 1;
  table.latencyAt = at;
}

function c3(past: f32, sample: f32, samples: f32): f32 {
  return samples == 0 ? sample : past * C3_KEEP + sample * (1 - C3_KEEP);
}

/** What a server's sidecar says of itself (docs/contracts.md, `x-weir-load`); negative = not said. */
@unmanaged
export class ServerLoad {
  requests: f32;
  work: f32;
  timeMs: f32;
  /** Processing time that a request may expect now, given those in flight. */
  latencyMs: f32;
  rate: f32;
  cpu: f32;
  memory: f32;

  constructor() {
    this.clear();
  }

  clear(): void {
    this.requests = this.work = this.timeMs = this.latencyMs = this.rate = this.cpu = this.memory = -1;
  }
}

export function onServerLoad(table: EndpointTable, endpoint: i32, said: ServerLoad, now: f64): void {
  const at = table.relative(now);
  const samples: f32 = isServerFresh(table, endpoint, at) ? 1 : 0;
  if (said.requests >= 0) {
    table.set(Lane.ServerRequests, endpoint, said.requests);
    table.set(Lane.SentSince, endpoint, 0);
    table.set(Lane.ServerWork, endpoint, said.work >= 0 ? said.work : said.requests);
    table.set(Lane.C3Queue, endpoint, c3(table.get(Lane.C3Queue, endpoint), said.requests, samples));
  }
  if (said.timeMs >= 0) {
    table.set(Lane.ServerTime, endpoint, said.timeMs);
    table.set(Lane.C3Service, endpoint, c3(table.get(Lane.C3Service, endpoint), said.timeMs, samples));
    averageServerTime(table, said.timeMs);
  }
  if (said.latencyMs >= 0) table.set(Lane.ServerLatency, endpoint, said.latencyMs);
  if (said.rate >= 0) table.set(Lane.ServerRate, endpoint, said.rate);
  if (said.cpu >= 0) table.set(Lane.Cpu, endpoint, min<f32>(said.cpu, 4));
  if (said.memory >= 0) table.set(Lane.Memory, endpoint, min<f32>(said.memory, 4));
  // An application that reports ORCA without a sidecar of ours says its utilisation alone.
  if (said.requests + said.timeMs + said.rate + said.cpu + said.memory > -5) {
    table.set(Lane.ServerAt, endpoint, at);
  }
}

/** Adds to the cluster's average of what servers say of their processing time. */
function averageServerTime(table: EndpointTable, ms: f32): void {
  table.serverTime = table.serverTime == 0 ? ms : table.serverTime * 0.98 + ms * 0.02;
}

/** What workers of an Envoy tell each other of an endpoint: what they have in flight there, then the server's last word. */
export const TOLD: StaticArray<i32> = [
  Lane.Requests,
  Lane.Work,
  Lane.ServerRequests,
  Lane.ServerWork,
  Lane.ServerTime,
  Lane.ServerLatency,
  Lane.Cpu,
  Lane.Memory,
];
const WORD: i32 = 2;

/**
 * What another worker told of an endpoint, one float of TOLD after the other at `told`; it heard the server's word at `at`,
 * ms since the table's origin, which counts where it is newer.
 */
export function onTold(table: EndpointTable, endpoint: i32, told: usize, at: f32): void {
  table.set(Lane.SiblingRequests, endpoint, table.get(Lane.SiblingRequests, endpoint) + load<f32>(told));
  table.set(Lane.SiblingWork, endpoint, table.get(Lane.SiblingWork, endpoint) + load<f32>(told, 4));
  if (at <= table.get(Lane.ServerAt, endpoint)) return;
  for (let l = WORD; l < TOLD.length; l++) {
    table.set(unchecked(TOLD[l]) as Lane, endpoint, load<f32>(told + (l << 2)));
  }
  table.set(Lane.ServerAt, endpoint, at);
  if (table.get(Lane.ServerTime, endpoint) > 0)
    averageServerTime(table, table.get(Lane.ServerTime, endpoint));
  // Which of ours came before it nobody knows; none did after the last one.
  if (table.get(Lane.StartedAt, endpoint) <= at) table.set(Lane.SentSince, endpoint, 0);
}

/** Whether the server's word is young enough to count. */
export function isServerFresh(table: EndpointTable, endpoint: i32, at: f32): bool {
  return at - table.get(Lane.ServerAt, endpoint) < SIGNAL_TTL_MS;
}

/** Adds one outcome to the error rate; successes and failures weigh the same, so that it tends to the true share. */
export function onOutcome(table: EndpointTable, endpoint: i32, failed: bool, now: f64): void {
  const at = table.relative(now);
  // A fixed floor on the weight of a sample: at high rates the time since the last one alone would weigh nothing.
  const keep = min<f32>(0.98, decay(at - table.get(Lane.OutcomeAt, endpoint), ERROR_TAU_MS));
  table.set(Lane.ErrorRate, endpoint, table.get(Lane.ErrorRate, endpoint) * keep + (failed ? 1 - keep : 0));
  table.set(Lane.OutcomeAt, endpoint, at);
}
