// The clusters that this VM has met. They outlive a reload of the configuration, because a reload keeps the VM.
import { EndpointTable } from '../core/endpoint-table';
import { Lane, NEVER } from '../core/lanes';
import { Name, hash64 } from './bytes';
import { randomBits } from './random';
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
  /** Answers since traffic last showed a new endpoint. */
  familiar: i32 = 0;
  /** Traffic since the last snapshot. */
  isDirty: bool = false;
  /** This worker's choices of each slot since the last tick. */
  readonly chosen: StaticArray<u32> = new StaticArray<u32>(256);
  /** Metric ids of the endpoints' slots, 0 = not defined yet; two a slot (chosen, weight). */
  readonly metrics: StaticArray<u32> = new StaticArray<u32>(512);

  constructor(
    readonly index: i32,
    readonly name: Name,
    readonly key: u64,
    readonly table: EndpointTable,
  ) {}

  /** Slot of an address: of an endpoint, or of one that left and whose slot is not used again yet; -1 none. */
  slotOf(address: usize, length: i32): i32 {
    const table = this.table;
    for (let i = 0; i < table.size; i++) if (table.isAt(i, address, length)) return i;
    return -1;
  }

  /** Adds an endpoint, or finds it. One that comes back takes its old slot, which may have requests in flight. */
  add(address: usize, length: i32, now: f64): i32 {
    const table = this.table;
    let endpoint = this.slotOf(address, length);
    if (endpoint < 0) {
      endpoint = table.add(address, length, now);
      if (endpoint < 0) return -1;
      this.window.reserve(table.capacity);
      this.window.clearSlot(endpoint);
      unchecked((this.chosen[endpoint] = 0));
      unchecked((this.metrics[endpoint * 2] = 0));
      unchecked((this.metrics[endpoint * 2 + 1] = 0));
    } else if (!table.isPresent(endpoint)) {
      table.set(Lane.Present, endpoint, 1);
      table.set(Lane.Ejections, endpoint, 0);
      table.set(Lane.EjectedUntil, endpoint, NEVER);
      table.set(Lane.ReturnedAt, endpoint, table.relative(now));
      table.count++;
      table.irregular = true;
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
  const cluster = new Cluster(
    clusters.length,
    name,
    key,
    new EndpointTable(now, maxClasses, randomBits() as u32),
  );
  cluster.window.reserve(cluster.table.capacity);
  clusters.push(cluster);
  unchecked((index[bucket] = clusters.length as u16));
  return cluster;
}
