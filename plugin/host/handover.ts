// What a worker counted goes to the worker that reports, as binary messages in a shared queue; the same form keeps the
// counts of a report that was sent until its answer comes, so that a lost report loses no count.
import { ServerLoad, onServerLoad } from '../core/estimators';
import { Lane } from '../core/lanes';
import { isEjected } from '../core/ejection';
import {
  OK,
  proxy_dequeue_shared_queue,
  proxy_enqueue_shared_queue,
  proxy_register_shared_queue,
} from './abi';
import { Name } from './bytes';
import { Cluster, Source, clusters } from './clusters';
import { meet } from './discovery';
import { clearModels, mergeModel, modelCount, modelWindowBytes, modelWords } from './model-window';
import { RECORD_BYTES, RecordState, Record, recordAt, slotCount } from './records';
import { resetScratch } from './scratch';
import { Text } from './text';
import { BINS, Count } from './window';
import { FEATURES } from '../core/features';

const VERSION: u8 = 2;
const enum Section {
  Cluster = 1,
  Models = 2,
  Record = 3,
}
/** Messages taken at a time: a bound on the work of one tick. */
const MAX_MESSAGES: i32 = 1024;

const queueName = new Name('weir/windows');
const cell: usize = memory.data(12, 4);
let queue: u32 = 0;
let hasQueue: bool = false;

/** Joins the queue; a host without queues leaves each worker to report for itself. */
export function openQueue(): void {
  if (hasQueue) return;
  hasQueue = proxy_register_shared_queue(queueName.at, queueName.length, cell) == OK;
  queue = load<u32>(cell);
}

export function hasHandover(): bool {
  return hasQueue;
}

const message = new Text(8192);

/** Hands this worker's counts over to whoever leads, and clears them. */
export function handOver(now: f64): void {
  encodeWindows(message.clear(), now);
  if (message.length == 0) return;
  if (proxy_enqueue_shared_queue(queue, message.at, message.length) == OK) clearWindows();
}

/** Takes the counts of the others into our own windows; records are appended to `records` as they are. */
export function takeOver(now: f64, records: Text): void {
  for (let i = 0; i < MAX_MESSAGES; i++) {
    // The message before has been read: its memory is free for the next one.
    resetScratch();
    if (proxy_dequeue_shared_queue(queue, cell, cell + 4) != OK) return;
    merge(load<u32>(cell), load<i32>(cell + 4), now, records, true);
  }
}

/** All that was counted since the last time; nothing at all where there was no traffic. */
export function encodeWindows(out: Text, now: f64): void {
  for (let c = 0; c < clusters.length; c++) {
    const cluster = unchecked(clusters[c]);
    if (!cluster.window.isEmpty) encodeCluster(out, cluster, now);
  }
  if (modelCount > 0) {
    out.byte(VERSION).byte(Section.Models).u32(modelCount);
    out.bytes(modelWords(0), modelCount * modelWindowBytes());
  }
  for (let slot = 0; slot < slotCount; slot++) {
    const record = recordAt(slot);
    if (record.state == RecordState.Done) encodeRecord(out, record);
  }
}

/** One record with the key of its cluster instead of our index of it. */
function encodeRecord(out: Text, record: Record): void {
  const size = 64 + record.endpoints * FEATURES;
  out.byte(VERSION).byte(Section.Record).u32(size);
  store<u64>(out.reserve(8), unchecked(clusters[record.cluster]).key);
  out.bytes(changetype<usize>(record), size);
}

export function clearWindows(): void {
  for (let c = 0; c < clusters.length; c++) {
    const window = unchecked(clusters[c]).window;
    if (!window.isEmpty) window.clear();
  }
  clearModels();
  for (let slot = 0; slot < slotCount; slot++) {
    const record = recordAt(slot);
    if (record.state == RecordState.Done) record.state = RecordState.Free;
  }
}

function encodeCluster(out: Text, cluster: Cluster, now: f64): void {
  const window = cluster.window;
  const table = cluster.table;
  const at = table.relative(now);
  out
    .byte(VERSION)
    .byte(Section.Cluster)
    .u32(cluster.name.length)
    .bytes(cluster.name.at, cluster.name.length);
  out.u32(window.requests).u32(window.fallback).u32(window.servedNotChosen).u32(table.classes.limit);
  const countAt = out.length;
  let endpoints: u32 = 0;
  out.u32(0);
  for (let i = 0; i < table.size; i++) {
    if (table.addressLength(i) == 0 || !(table.isPresent(i) || window.hasCounts(i))) continue;
    endpoints++;
    out.byte(table.addressLength(i)).bytes(table.addressOf(i), table.addressLength(i));
    for (let k = 0; k < Count.Bins; k++) out.u32(window.get(i, k));
    out.f32(at - table.get(Lane.ServerAt, i));
    out
      .f32(table.get(Lane.ServerRequests, i))
      .f32(table.get(Lane.ServerWork, i))
      .f32(table.get(Lane.ServerTime, i))
      .f32(table.get(Lane.ServerLatency, i));
    out.f32(table.get(Lane.ServerRate, i)).f32(table.get(Lane.Cpu, i)).f32(table.get(Lane.Memory, i));
    out.f32(isEjected(table, i, now) ? table.get(Lane.EjectedUntil, i) - at : 0);
    const binsAt = out.length;
    let bins = 0;
    out.byte(0);
    for (let b = 0; b < BINS; b++) {
      const n = window.get(i, Count.Bins + b);
      if (n == 0) continue;
      out.byte(b).u32(n);
      bins++;
    }
    store<u8>(out.at + binsAt, bins as u8);
  }
  store<u32>(out.at + countAt, endpoints);
}

/** Whether the message tells what we do not know ourselves: a kept report is our own, and old. */
let isNews: bool = false;

/** Adds a message, or a kept report, to our windows. The bytes are our own or a sibling's: only cut ones are a danger. */
export function merge(at: usize, length: i32, now: f64, records: Text, news: bool): void {
  isNews = news;
  const end = at + length;
  while (at + 6 <= end) {
    if (load<u8>(at) != VERSION) return;
    const section = load<u8>(at, 1);
    const size = load<u32>(at, 2) as i32;
    at += 6;
    if (section == Section.Cluster) {
      at = mergeCluster(at, size, end, now);
    } else if (section == Section.Models) {
      for (let i = 0; i < size && at + modelWindowBytes() <= end; i++, at += modelWindowBytes())
        mergeModel(at);
    } else if (section == Section.Record && size <= RECORD_BYTES && at + 8 + size <= end) {
      records.u32(size).bytes(at, 8 + size);
      at += 8 + size;
    } else {
      return;
    }
    if (at == 0) return;
  }
}

const said = new ServerLoad();

function mergeCluster(at: usize, nameLength: i32, end: usize, now: f64): usize {
  if (at + nameLength + 20 > end) return 0;
  const cluster = meet(at, nameLength, now, load<i32>(at + nameLength, 12));
  if (cluster === null) return 0;
  if (cluster.source == Source.None) cluster.source = Source.Seen;
  const window = cluster.window;
  at += nameLength;
  window.requests += load<u32>(at);
  window.fallback += load<u32>(at, 4);
  window.servedNotChosen += load<u32>(at, 8);
  let endpoints = load<u32>(at, 16);
  at += 20;
  for (; endpoints > 0; endpoints--) {
    at = mergeEndpoint(cluster, at, end, now);
    if (at == 0) return 0;
  }
  return at;
}

/** Bytes of an endpoint behind its address, without bins. */
const FIXED: i32 = Count.Bins * 4 + 9 * 4 + 1;

function mergeEndpoint(cluster: Cluster, at: usize, end: usize, now: f64): usize {
  const length = load<u8>(at) as i32;
  if (at + 1 + length + FIXED > end) return 0;
  // Neither we nor a sibling that has not heard yet must bring back what left the table.
  const isOpen = isNews && cluster.source == Source.Seen;
  const endpoint = isOpen ? cluster.add(at + 1, length, now) : cluster.slotOf(at + 1, length);
  at += 1 + length;
  const bins = load<u8>(at, FIXED - 1) as i32;
  if (at + FIXED + bins * 5 > end) return 0;
  if (endpoint >= 0) {
    for (let k = 0; k < Count.Bins; k++) cluster.window.add(endpoint, k, load<u32>(at + (k << 2)));
    if (isNews) mergeServer(cluster, endpoint, at + (Count.Bins << 2), now);
    for (let b = 0; b < bins; b++) {
      const bin = at + FIXED + b * 5;
      const index = min(load<u8>(bin) as i32, BINS - 1);
      cluster.window.add(endpoint, Count.Bins + index, load<u32>(bin, 1));
    }
  }
  return at + FIXED + bins * 5;
}

/** A sibling's newer word about a server, and its ejection: what the report says of them. */
function mergeServer(cluster: Cluster, endpoint: i32, at: usize, now: f64): void {
  const table = cluster.table;
  const time = table.relative(now);
  const age = load<f32>(at);
  if (age < time - table.get(Lane.ServerAt, endpoint)) {
    said.requests = load<f32>(at, 4);
    said.work = load<f32>(at, 8);
    said.timeMs = load<f32>(at, 12);
    said.latencyMs = load<f32>(at, 16);
    said.rate = load<f32>(at, 20);
    said.cpu = load<f32>(at, 24);
    said.memory = load<f32>(at, 28);
    onServerLoad(table, endpoint, said, now);
    table.set(Lane.ServerAt, endpoint, time - age);
  }
  const ejectedFor = load<f32>(at, 32);
  if (ejectedFor > 0 && table.get(Lane.EjectedUntil, endpoint) < time) {
    table.set(Lane.EjectedUntil, endpoint, time + ejectedFor);
    table.set(Lane.ReturnedAt, endpoint, time + ejectedFor);
    table.irregular = true;
  }
}
