// A warm start: the estimates of each cluster lie in shared data, so that a new VM (which Envoy makes whenever something
// in `vm_config` changes) goes on from them instead of from nothing.
import { Lane } from '../core/lanes';
import { Name, Slice } from './bytes';
import { getShared, setShared } from './calls';
import { Cluster, Source } from './clusters';
import { Text } from './text';

const VERSION: u8 = 5;
const prefix = new Name('weir/warm/');
const key = new Text(256);
const text = new Text(4096);
const value = new Slice();
/** Snapshots older than this tell nothing any more. */
const MAX_AGE_MS: f64 = 600000;

/** Lanes that are kept as they are. */
const LANES: StaticArray<i32> = [
  Lane.Latency,
  Lane.Deviation,
  Lane.Peak,
  Lane.Samples,
  Lane.ServerRequests,
  Lane.ServerWork,
  Lane.ServerTime,
  Lane.ServerLatency,
  Lane.FleetLatency,
  Lane.ServerRate,
  Lane.Cpu,
  Lane.Memory,
  Lane.C3Response,
  Lane.C3Service,
  Lane.C3Queue,
  Lane.ErrorRate,
  Lane.RateFast,
  Lane.RateSlow,
  Lane.Capacity,
  Lane.Ejections,
  Lane.Weight,
];
/** Lanes that hold a time: kept as an age. */
const TIMES: StaticArray<i32> = [
  Lane.LatencyAt,
  Lane.ServerAt,
  Lane.StartedAt,
  Lane.OutcomeAt,
  Lane.EjectedUntil,
  Lane.ReturnedAt,
];

function keyOf(cluster: Cluster): Text {
  return key.clear().bytes(prefix.at, prefix.length).bytes(cluster.name.at, cluster.name.length);
}

/** Writes the estimates of a cluster. */
export function save(cluster: Cluster, now: f64, wall: f64): void {
  const table = cluster.table;
  const at = table.relative(now);
  text.clear().byte(VERSION).byte(cluster.source).f64(wall);
  text.f32(table.latency).f32(table.deviation).f32(table.samples).f32(table.serverTime);
  text
    .f32(table.rateFast)
    .f32(table.rateSlow)
    .f32(table.proxies)
    .f32(at - table.startedAt)
    .f32(at - table.latencyAt);
  text.u32(table.count);
  for (let i = 0; i < table.size; i++) {
    if (!table.isPresent(i)) continue;
    text.byte(table.addressLength(i)).bytes(table.addressOf(i), table.addressLength(i));
    for (let l = 0; l < LANES.length; l++) text.f32(table.get(unchecked(LANES[l]) as Lane, i));
    for (let l = 0; l < TIMES.length; l++) text.f32(at - table.get(unchecked(TIMES[l]) as Lane, i));
  }
  const name = keyOf(cluster);
  setShared(name.at, name.length, text.at, text.length, 0);
  cluster.isDirty = false;
}

const HEADER: i32 = 1 + 1 + 8 + 9 * 4 + 4;

/** Fills a fresh cluster from the snapshot that an earlier VM left; true when there was one. */
export function restore(cluster: Cluster, now: f64, wall: f64): bool {
  const at = keyOf(cluster);
  if (!getShared(at.at, at.length, value) || value.length < HEADER || load<u8>(value.at) != VERSION)
    return false;
  // A clock that was set back makes no estimate older.
  const age = max<f64>(wall - load<f64>(value.at, 2), 0);
  if (age > MAX_AGE_MS) return false;
  const table = cluster.table;
  const time = table.relative(now) - (age as f32);
  let from = value.at + 10;
  table.latency = load<f32>(from);
  table.deviation = load<f32>(from, 4);
  table.samples = load<f32>(from, 8);
  table.serverTime = load<f32>(from, 12);
  table.rateFast = load<f32>(from, 16);
  table.rateSlow = load<f32>(from, 20);
  table.proxies = load<f32>(from, 24);
  table.startedAt = time - load<f32>(from, 28);
  table.latencyAt = time - load<f32>(from, 32);
  cluster.source = load<u8>(value.at, 1) as Source;
  let count = load<u32>(from, 36);
  from += 40;
  const end = value.at + value.length;
  for (; count > 0; count--) {
    const length = load<u8>(from) as i32;
    const size = 1 + length + (LANES.length + TIMES.length) * 4;
    if (from + size > end) break;
    const endpoint = cluster.add(from + 1, length, now);
    from += 1 + length;
    if (endpoint >= 0) readEndpoint(cluster, endpoint, from, time);
    from += (LANES.length + TIMES.length) * 4;
  }
  return true;
}

function readEndpoint(cluster: Cluster, endpoint: i32, from: usize, time: f32): void {
  const table = cluster.table;
  for (let l = 0; l < LANES.length; l++, from += 4) {
    table.set(unchecked(LANES[l]) as Lane, endpoint, load<f32>(from));
  }
  for (let l = 0; l < TIMES.length; l++, from += 4) {
    table.set(unchecked(TIMES[l]) as Lane, endpoint, time - load<f32>(from));
  }
}
