// The body of a report (docs/contracts.md): what this Envoy's workers saw since the last one, as JSON.
import { isEjected } from '../core/ejection';
import { FEATURES } from '../core/features';
import { Lane } from '../core/lanes';
import { MODEL_ID_BYTES } from '../core/model';
import { POLICY_NAMES } from '../core/policies/registry';
import { VERSION } from './build-info';
import { Name } from './bytes';
import { Cluster, clusterByKey, clusters } from './clusters';
import { Config } from './config';
import { Counter, countOf } from './metrics';
import { modelCount, modelWords } from './model-window';
import { Record, RecordState, recordAt, slotCount } from './records';
import { Text } from './text';
import { BINS, Count } from './window';
import { isAlive, places, workerEntry } from './workers';

@unmanaged
export class ReportHead {
  proxy: Text = new Text(256);
  seq: u32 = 0;
  intervalMs: f64 = 0;
  /** Records of other workers: u32 size, u64 cluster key, record. */
  records: Text = new Text(1024);
}

/** The trainer takes no more. */
const MAX_CLUSTERS: i32 = 256;
const MODES: StaticArray<string> = ['act', 'shadow', 'off'];

export function writeReport(out: Text, head: ReportHead, config: Config, now: f64, wall: f64): void {
  out.clear().str('{"version":1,"proxy":').quoted(head.proxy.at, head.proxy.length);
  out.str(',"seq":').int(head.seq).str(',"intervalMs":').number(head.intervalMs, 0);
  out.str(',"plugin":"').str(VERSION).str('","policy":"').str(POLICY_NAMES[config.policy]);
  out
    .str('","mode":"')
    .str(MODES[config.mode as i32])
    .str('","workers":[');
  writeWorkers(out, wall);
  out.str('],"models":[');
  for (let place = 0; place < modelCount; place++) {
    const words = modelWords(place);
    out.str(place > 0 ? ',{"id":"' : '{"id":"').hex(words, MODEL_ID_BYTES);
    out.str('","requests":').int(load<u32>(words, 16)).str(',"errors":').int(load<u32>(words, 20));
    out.str(',"latency":[');
    writeBins(out, words + 24);
    out.str(']}');
  }
  out.str('],"clusters":[');
  let written = 0;
  for (let c = 0; c < clusters.length; c++) {
    const cluster = unchecked(clusters[c]);
    if (cluster.table.count == 0 && cluster.window.isEmpty) continue;
    if (written == MAX_CLUSTERS) break;
    if (written++ > 0) out.byte(0x2c);
    writeCluster(out, cluster, now);
  }
  out.str('],"samples":[');
  writeSamples(out, head.records, config.samples);
  out.str('],"counters":{"badLoadHeaders":').int(countOf(Counter.BadLoadHeaders));
  out.str(',"badAnswers":').int(countOf(Counter.BadAnswers));
  out.str(',"reportFailures":').int(countOf(Counter.ReportFailures)).str('}}');
}

function writeWorkers(out: Text, wall: f64): void {
  let written = 0;
  for (let place = 0; place < places; place++) {
    if (!isAlive(place, wall)) continue;
    const entry = workerEntry(place);
    out.str(written++ > 0 ? ',{"id":"' : '{"id":"').hex(entry, 4);
    out
      .str('","model":"')
      .hex(entry + 12, MODEL_ID_BYTES)
      .str('"}');
  }
}

/** `[[bin, count], ..]` without the outer brackets, for counts that are not zero. */
function writeBins(out: Text, bins: usize): void {
  let written = 0;
  for (let b = 0; b < BINS; b++) {
    const n = load<u32>(bins + (b << 2));
    if (n == 0) continue;
    out
      .str(written++ > 0 ? ',[' : '[')
      .int(b)
      .byte(0x2c)
      .int(n)
      .byte(0x5d);
  }
}

function writeCluster(out: Text, cluster: Cluster, now: f64): void {
  const window = cluster.window;
  const table = cluster.table;
  out.str('{"name":').quoted(cluster.name.at, cluster.name.length);
  out.str(',"requests":').int(window.requests).str(',"fallback":').int(window.fallback);
  out.str(',"servedNotChosen":').int(window.servedNotChosen).str(',"endpoints":[');
  let chosen: u32 = 0;
  for (let i = 0; i < table.size; i++) chosen += window.get(i, Count.Chosen);
  let written = 0;
  for (let i = 0; i < table.size; i++) {
    if (table.addressLength(i) == 0 || !(table.isPresent(i) || window.hasCounts(i))) continue;
    if (written++ > 0) out.byte(0x2c);
    writeEndpoint(out, cluster, i, chosen, now);
  }
  out.str(']}');
}

function writeEndpoint(out: Text, cluster: Cluster, i: i32, chosen: u32, now: f64): void {
  const window = cluster.window;
  const table = cluster.table;
  out.str('{"address":').quoted(table.addressOf(i), table.addressLength(i));
  out.str(',"requests":').int(window.get(i, Count.Served)).str(',"chosen":').int(window.get(i, Count.Chosen));
  out.str(',"served":').int(window.get(i, Count.Served));
  out.str(',"errors":{"connect":').int(window.get(i, Count.Connect));
  out
    .str(',"timeout":')
    .int(window.get(i, Count.Timeout))
    .str(',"http5xx":')
    .int(window.get(i, Count.Http5xx));
  out.str('},"latency":[');
  let bins = 0;
  for (let b = 0; b < BINS; b++) {
    const n = window.get(i, Count.Bins + b);
    if (n == 0) continue;
    out
      .str(bins++ > 0 ? ',[' : '[')
      .int(b)
      .byte(0x2c)
      .int(n)
      .byte(0x5d);
  }
  out.str('],"inFlight":').number(table.get(Lane.Requests, i) + table.get(Lane.SiblingRequests, i), 0);
  const weight = chosen > 0 ? (window.get(i, Count.Chosen) as f64) / (chosen as f64) : 0;
  out.str(',"weight":').number(weight, 4);
  out.str(',"ejected":').str(isEjected(table, i, now) ? 'true' : 'false');
  writeServer(out, cluster, i, now);
  out.byte(0x7d);
}

/** Until a server has said something, nothing; a utilisation of 0 counts as not said. */
function writeServer(out: Text, cluster: Cluster, i: i32, now: f64): void {
  const table = cluster.table;
  const age = table.relative(now) - table.get(Lane.ServerAt, i);
  if (age > 60000) return;
  out.str(',"server":{"ageMs":').number(age, 0);
  // A sidecar tells a processing time or requests; an application that reports ORCA alone tells neither.
  const time = table.get(Lane.ServerTime, i);
  const requests = table.get(Lane.ServerRequests, i);
  if (time > 0 || requests > 0) {
    out.str(',"inFlight":').number(requests, 0);
    out.str(',"work":').number(table.get(Lane.ServerWork, i), 3);
  }
  writeSaid(out, ',"timeMs":', time);
  writeSaid(out, ',"rps":', table.get(Lane.ServerRate, i));
  writeSaid(out, ',"cpu":', table.get(Lane.Cpu, i));
  writeSaid(out, ',"memory":', table.get(Lane.Memory, i));
  out.byte(0x7d);
}

function writeSaid(out: Text, key: string, value: f32): void {
  if (value > 0) out.str(key).number(value, 3);
}

/** `most` for all workers together. */
function writeSamples(out: Text, others: Text, most: i32): void {
  let written = 0;
  for (let slot = 0; slot < slotCount && written < most; slot++) {
    const record = recordAt(slot);
    if (record.state != RecordState.Done) continue;
    if (written++ > 0) out.byte(0x2c);
    writeSample(out, record, unchecked(clusters[record.cluster]).name);
  }
  let at = 0;
  while (at + 12 <= others.length && written < most) {
    const size = load<u32>(others.at + at) as i32;
    const cluster = clusterByKey(load<u64>(others.at + at + 4));
    if (cluster !== null) {
      if (written++ > 0) out.byte(0x2c);
      writeSample(out, changetype<Record>(others.at + at + 12), cluster.name);
    }
    at += 12 + size;
  }
}

function writeSample(out: Text, record: Record, cluster: Name): void {
  out.str('{"cluster":').quoted(cluster.at, cluster.length);
  out.str(',"endpoints":').int(record.endpoints).str(',"features":"');
  out.base64(record.features, record.endpoints * FEATURES);
  out.str('","context":"').base64(record.contextAt, 8).str('","action":').int(record.action);
  out.str(',"probability":').number(record.probability, 6).str(',"latencyMs":').number(record.latencyMs, 3);
  out
    .str(',"error":')
    .str(record.failed != 0 ? 'true' : 'false')
    .str(',"model":"');
  out.hex(record.modelAt, MODEL_ID_BYTES).str('"}');
}
