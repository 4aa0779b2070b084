// The clusters that this VM has met. They outlive a reload of the configuration, because a reload keeps the VM.
import { EndpointTable } from '../core/endpoint-table';
import { Name, hash64 } from './bytes';
import { Window } from './window';

/** More clusters than this in one Envoy are left to Envoy's own balancing. */
const MAX_CLUSTERS: i32 = 1024;

/** Where the endpoints of a cluster are known from; a better source replaces a worse one. */
export const enum Source {
  None,
  /** Seen as `upstream.address` of traffic that Envoy balanced itself. */
  Seen,
  Configured,
  Answered,
}

export class Cluster {
  readonly window: Window = new Window();
  source: Source = Source.None;
  /** Traffic since the last snapshot. */
  isDirty: bool = false;
  /** Metric ids of the endpoints' slots, 0 = not defined yet; two a slot (chosen, weight). */
  readonly metrics: StaticArray<u32> = new StaticArray<u32>(512);

  constructor(
    readonly index: i32,
    readonly name: Name,
    readonly key: u64,
    readonly table: EndpointTable,
  ) {}

  /** Adds an endpoint, or finds it. */
  add(address: usize, length: i32, now: f64): i32 {
    const before = this.table.count;
    const endpoint = this.table.add(address, length, now);
    this.window.reserve(this.table.capacity);
    if (endpoint >= 0 && this.table.count != before) {
      unchecked((this.metrics[endpoint * 2] = 0));
      unchecked((this.metrics[endpoint * 2 + 1] = 0));
    }
    return endpoint;
  }
}

export const clusters: Cluster[] = [];

/** Index of the clusters by key: open addressing, at most half full; 0 = free, else the index + 1. */
const INDEX: u32 = 2 * (MAX_CLUSTERS as u32);
const index: StaticArray<u16> = new StaticArray<u16>(INDEX);

/** Where a key is, or would go. */
function bucketOf(key: u64): u32 {
  let bucket = (key as u32) & (INDEX - 1);
  while (unchecked(index[bucket]) != 0 && unchecked(clusters[unchecked(index[bucket]) - 1]).key != key) {
    bucket = (bucket + 1) & (INDEX - 1);
  }
  return bucket;
}

/** The cluster with this key, null where it is unknown. */
export function clusterByKey(key: u64): Cluster | null {
  const at = unchecked(index[bucketOf(key)]);
  return at == 0 ? null : unchecked(clusters[at - 1]);
}

/** The cluster of this name, made where there is room; null where there is none. */
export function clusterNamed(at: usize, length: i32, now: f64, maxClasses: i32): Cluster | null {
  const key = hash64(at, length);
  const bucket = bucketOf(key);
  if (unchecked(index[bucket]) != 0) return clusters[unchecked(index[bucket]) - 1];
  if (clusters.length == MAX_CLUSTERS) return null;
  const name = new Name(String.UTF8.decodeUnsafe(at, length));
  const cluster = new Cluster(clusters.length, name, key, new EndpointTable(now, maxClasses));
  cluster.window.reserve(cluster.table.capacity);
  clusters.push(cluster);
  unchecked((index[bucket] = clusters.length as u16));
  return cluster;
}
