// Statistics of each endpoint. How often it was chosen is counted by the worker that chose; its share of the choices
// against the fair one by the worker that leads, from what all have counted.
import { ejectedCount } from '../core/ejection';
import { Metric } from './abi';
import { Cluster, clusters } from './clusters';
import { defineEndpoint, increment, record, recordEjected } from './metrics';
import { Count } from './window';

/** A weight of 1000 is the fair share. */
const FAIR: f32 = 1000;

export function recordEndpoints(now: f64): void {
  let ejected = 0;
  for (let c = 0; c < clusters.length; c++) {
    const cluster = unchecked(clusters[c]);
    ejected += ejectedCount(cluster.table, now);
    if (!cluster.window.isEmpty) recordCluster(cluster);
  }
  recordEjected(ejected);
}

/** Hands the choices of this worker since the last tick to Envoy. */
export function flushChosen(): void {
  for (let c = 0; c < clusters.length; c++) {
    const cluster = unchecked(clusters[c]);
    if (!cluster.isDirty) continue;
    for (let i = 0; i < cluster.table.size; i++) {
      const chosen = unchecked(cluster.chosen[i]);
      if (chosen == 0) continue;
      define(cluster, i);
      increment(unchecked(cluster.metrics[i * 2]), chosen);
      unchecked((cluster.chosen[i] = 0));
    }
  }
}

function recordCluster(cluster: Cluster): void {
  const table = cluster.table;
  let total: u32 = 0;
  for (let i = 0; i < table.size; i++) total += cluster.window.get(i, Count.Chosen);
  if (total == 0) return;
  for (let i = 0; i < table.size; i++) {
    if (!table.isPresent(i)) continue;
    const chosen = cluster.window.get(i, Count.Chosen);
    const share = ((chosen as f32) / (total as f32)) * (table.count as f32);
    define(cluster, i);
    record(unchecked(cluster.metrics[i * 2 + 1]), (share * FAIR) as u64);
  }
}

function define(cluster: Cluster, i: i32): void {
  if (unchecked(cluster.metrics[i * 2 + 1]) != 0) return;
  const at = cluster.table.addressOf(i);
  const length = cluster.table.addressLength(i);
  cluster.metrics[i * 2] = defineEndpoint(Metric.Counter, 'chosen', cluster.name, at, length);
  cluster.metrics[i * 2 + 1] = defineEndpoint(Metric.Gauge, 'weight', cluster.name, at, length);
}
