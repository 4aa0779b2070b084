// Envoy statistics. Counts are collected in memory and handed to Envoy on the tick: a host call a request is saved.
import { Metric, proxy_define_metric, proxy_increment_metric, proxy_record_metric } from './abi';
import { Name } from './bytes';
import { Text } from './text';

export const enum Counter {
  Requests,
  Steered,
  Fallback,
  ServedNotChosen,
  Errors,
  Ejections,
  BadLoadHeaders,
  BadAnswers,
  Reports,
  ReportFailures,
  COUNT,
}

const NAMES: StaticArray<string> = [
  'weir.requests',
  'weir.steered',
  'weir.fallback',
  'weir.served_not_chosen',
  'weir.errors',
  'weir.ejections',
  'weir.bad_load_headers',
  'weir.bad_answers',
  'weir.reports',
  'weir.report_failures',
];

const counts: StaticArray<u64> = new StaticArray<u64>(Counter.COUNT);
const totals: StaticArray<u64> = new StaticArray<u64>(Counter.COUNT);
const ids: StaticArray<u32> = new StaticArray<u32>(Counter.COUNT);
let isDefined: bool = false;
let ejectedGauge: u32 = 0;
let modelGauge: u32 = 0;
let decisionHistogram: u32 = 0;
/** Gauge of the model of worker `workerOrdinal`, this one's place mostly. */
let workerGauge: u32 = 0;
let workerOrdinal: i32 = -1;
const idCell: usize = memory.data(4, 4);
const text = new Text(256);

export function count(counter: Counter, by: u64 = 1): void {
  unchecked((counts[counter] += by));
}

/** How often since the VM started. */
export function countOf(counter: Counter): u64 {
  return unchecked(totals[counter]) + unchecked(counts[counter]);
}

function define(kind: Metric, at: usize, length: i32): u32 {
  store<u32>(idCell, 0);
  proxy_define_metric(kind, at, length, idCell);
  return load<u32>(idCell);
}

function defineNamed(kind: Metric, name: string): u32 {
  text.clear().str(name);
  return define(kind, text.at, text.length);
}

/** Defines the fixed metrics; the same names give the same metrics in every VM of the process. */
export function defineMetrics(): void {
  if (isDefined) return;
  isDefined = true;
  for (let i = 0; i < Counter.COUNT; i++) ids[i] = defineNamed(Metric.Counter, NAMES[i]);
  ejectedGauge = defineNamed(Metric.Gauge, 'weir.ejected');
  modelGauge = defineNamed(Metric.Gauge, 'weir.model');
  decisionHistogram = defineNamed(Metric.Histogram, 'weir.decision_ns');
}

/** Hands the collected counts to Envoy. */
export function flushCounters(): void {
  for (let i = 0; i < Counter.COUNT; i++) {
    const by = unchecked(counts[i]);
    if (by == 0) continue;
    proxy_increment_metric(unchecked(ids[i]), by as i64);
    unchecked((totals[i] += by));
    unchecked((counts[i] = 0));
  }
}

export function recordEjected(endpoints: i32): void {
  proxy_record_metric(ejectedGauge, endpoints);
}

export function recordDecision(nanoseconds: u64): void {
  proxy_record_metric(decisionHistogram, nanoseconds);
}

/** The model that worker `ordinal` decides with, by the first four bytes of its id; 0 = none. */
export function recordWorkerModel(ordinal: i32, model: u32): void {
  if (ordinal != workerOrdinal) {
    workerOrdinal = ordinal;
    text.clear().str('weir.worker.').int(ordinal).str('.model');
    workerGauge = define(Metric.Gauge, text.at, text.length);
  }
  proxy_record_metric(workerGauge, model);
  if (model != 0) proxy_record_metric(modelGauge, model);
}

/** Metric of an endpoint: `weir.KIND.CLUSTER.ADDRESS`. */
export function defineEndpoint(kind: Metric, what: string, cluster: Name, at: usize, length: i32): u32 {
  text
    .clear()
    .str('weir.')
    .str(what)
    .byte(0x2e)
    .bytes(cluster.at, cluster.length)
    .byte(0x2e)
    .bytes(at, length);
  return define(kind, text.at, text.length);
}

export function increment(id: u32, by: u32): void {
  proxy_increment_metric(id, by as i64);
}

export function record(id: u32, value: u64): void {
  proxy_record_metric(id, value);
}
