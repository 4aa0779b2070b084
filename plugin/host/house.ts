// What a VM does beside requests, on the tick of one of its roots: heartbeat, exchange with the other workers, snapshot,
// statistics, and for the one worker that leads the report to the trainer.
import { Model } from '../core/model';
import { applyShared } from './answers';
import { nowMs, lastWallMs } from './clock';
import { clusters } from './clusters';
import { Config } from './config';
import { flushChosen } from './endpoint-metrics';
import { handOver, hasHandover } from './handover';
import { flushCounters, recordWorkerModel } from './metrics';
import { randomBits } from './random';
import { leadReports, mergeKept } from './reporter';
import { exchange } from './siblings';
import { save } from './snapshot';
import { heartbeat, isLeader, leave, ordinal } from './workers';

/** Tick of a root, ms: how fast an idle worker learns of the others and of a reload. */
export const TICK_MS: u32 = 100;
const HEARTBEAT_MS: f64 = 1000;
/** A new worker beats at every tick at first, so that all know each other soon. */
const EARLY_BEATS: i32 = 20;
const SETTLED_BEATS: i32 = 3;

let beatAt: f64 = 0;
let beats: i32 = 0;
let flushedAt: f64 = 0;
/** Id of the model that this worker decides with, and the configuration it came from. */
const modelId: StaticArray<u8> = new StaticArray<u8>(16);
let current: Config | null = null;
let saidModel: u32 = 0;
let saidOrdinal: i32 = -1;

/** This worker now decides by `config`: told to Envoy's statistics at once. */
export function decidesWith(config: Config): void {
  if (changetype<usize>(current) == changetype<usize>(config)) return;
  current = config;
  const model = config.model;
  if (model !== null) memory.copy(changetype<usize>(modelId), changetype<usize>((model as Model).id), 16);
  else memory.fill(changetype<usize>(modelId), 0, 16);
  sayModel();
}

/** A configuration goes: nothing may keep it alive. */
export function forgetConfig(config: Config): void {
  if (changetype<usize>(current) == changetype<usize>(config)) current = null;
}

function sayModel(): void {
  if (ordinal < 0) return;
  const model = bswap<u32>(load<u32>(changetype<usize>(modelId)));
  if (model == saidModel && ordinal == saidOrdinal) return;
  saidModel = model;
  saidOrdinal = ordinal;
  recordWorkerModel(ordinal, model);
}

/** One tick; `config` is that of the root that keeps house. */
export function keepHouse(config: Config): void {
  const now = nowMs();
  const wall = lastWallMs();
  decidesWith(config);
  // Before a snapshot calls the clusters clean.
  flushChosen();
  if (now - beatAt >= HEARTBEAT_MS || beats < EARLY_BEATS) {
    beatAt = now;
    beats++;
    heartbeat(wall, changetype<usize>(modelId), randomBits() as u32);
    sayModel();
    saveDirty(now, wall);
  }
  exchange(now, wall);
  applyShared(now, config);
  flushCounters();
  // Until the places have settled, two may think that they lead.
  if (beats < SETTLED_BEATS) return;
  if (isLeader || !hasHandover()) {
    leadReports(config, now, wall);
  } else if (now - flushedAt >= config.intervalMs / 2) {
    // Twice an interval, so that a report misses half an interval at most.
    flushedAt = now;
    mergeKept(now);
    handOver(now);
  }
}

function saveDirty(now: f64, wall: f64): void {
  for (let c = 0; c < clusters.length; c++) {
    const cluster = unchecked(clusters[c]);
    if (cluster.isDirty) save(cluster, now, wall);
  }
}

/** The VM ends: what it knows goes to the next one, what it counted to the worker that leads. */
export function closeHouse(): void {
  const now = nowMs();
  const wall = lastWallMs();
  flushChosen();
  for (let c = 0; c < clusters.length; c++) save(clusters[c], now, wall);
  flushCounters();
  mergeKept(now);
  if (hasHandover()) handOver(now);
  if (saidOrdinal >= 0) recordWorkerModel(saidOrdinal, 0);
  leave();
}
