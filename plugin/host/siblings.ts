// In-flight requests of the Envoy's other workers: each worker writes what it has in flight under its place, and adds up
// what the others wrote, at most every few milliseconds.
import { EndpointTable } from '../core/endpoint-table';
import { TOLD, isServerFresh, onTold } from '../core/estimators';
import { Lane } from '../core/lanes';
import { Slice, Name } from './bytes';
import { getShared, setShared } from './calls';
import { lastWallMs } from './clock';
import { Cluster, clusterByKey, clusters } from './clusters';
import { Text } from './text';
import { hasSiblings, isAlive, ordinal, places } from './workers';

/** How often values are exchanged: a share of a typical latency, and cheap beside the requests in between. */
const EXCHANGE_MS: f64 = 3;
/** How often the start of a request is told. */
const ANNOUNCE_MS: f64 = 1;
const VERSION: u8 = 4;
/** Version, server's requests f32 and work f32, then clusters: key u64, entries u16, entries: address hash u32, the
 * floats of TOLD, and the wall time of the server's last word f64. Endpoints with nothing in flight and no word of late
 * are left out. */
const HEADER: i32 = 9;
const ENTRY: i32 = 44;

/** Requests and work in flight behind this sidecar (server role), by this worker and by the others. */
export let serverRequests: f32 = 0;
export let serverWork: f32 = 0;
export let siblingServerRequests: f32 = 0;
export let siblingServerWork: f32 = 0;

let exchangedAt: f64 = 0;
let publishedAt: f64 = 0;
/** From the start: our place may still hold what the VM before us said. */
let isChanged: bool = true;
/** After the last sibling is gone, one more round clears what it had said. */
let hadSiblings: bool = false;
const prefix = new Name('weir/in-flight/');
const keyText = new Text(32);
const text = new Text(1024);
const value = new Slice();

export function addServer(requests: f32, work: f32): void {
  serverRequests = max<f32>(serverRequests + requests, 0);
  serverWork = max<f32>(serverWork + work, 0);
  isChanged = true;
}

/** A request has just begun: the others are told at once, unless that was a moment ago. */
export function announce(now: f64): void {
  isChanged = true;
  if (hasSiblings && ordinal >= 0 && now - publishedAt >= ANNOUNCE_MS) publish(now);
}

export function markInFlightChanged(): void {
  isChanged = true;
}

/** Writes ours and reads theirs, when it is time. `wall` in ms. */
export function exchange(now: f64, wall: f64): void {
  if (now - exchangedAt < EXCHANGE_MS || ordinal < 0 || !(hasSiblings || hadSiblings)) return;
  hadSiblings = hasSiblings;
  exchangedAt = now;
  if (isChanged) publish(now);
  collect(now, wall);
}

function keyOf(place: i32): Text {
  return keyText.clear().bytes(prefix.at, prefix.length).int(place);
}

function publish(now: f64): void {
  publishedAt = now;
  isChanged = false;
  text.clear().byte(VERSION).f32(serverRequests).f32(serverWork);
  for (let c = 0; c < clusters.length; c++) writeCluster(unchecked(clusters[c]), now);
  const key = keyOf(ordinal);
  setShared(key.at, key.length, text.at, text.length, 0);
}

function isWorthTelling(table: EndpointTable, endpoint: i32, at: f32): bool {
  return table.get(Lane.Requests, endpoint) > 0 || isServerFresh(table, endpoint, at);
}

function writeCluster(cluster: Cluster, now: f64): void {
  const table = cluster.table;
  const at = table.relative(now);
  let entries = 0;
  for (let i = 0; i < table.size; i++) if (isWorthTelling(table, i, at)) entries++;
  if (entries == 0) return;
  store<u64>(text.reserve(8), cluster.key);
  store<u16>(text.reserve(2), entries as u16);
  for (let i = 0; i < table.size; i++) {
    if (!isWorthTelling(table, i, at)) continue;
    text.u32(table.addressHash(i));
    for (let l = 0; l < TOLD.length; l++) text.f32(table.get(unchecked(TOLD[l]) as Lane, i));
    text.f64(lastWallMs() - ((at - table.get(Lane.ServerAt, i)) as f64));
  }
}

function collect(now: f64, wall: f64): void {
  siblingServerRequests = 0;
  siblingServerWork = 0;
  for (let c = 0; c < clusters.length; c++) {
    const table = unchecked(clusters[c]).table;
    memory.fill(table.lane(Lane.SiblingRequests), 0, table.size << 2);
    memory.fill(table.lane(Lane.SiblingWork), 0, table.size << 2);
  }
  for (let place = 0; place < places; place++) {
    if (place == ordinal || !isAlive(place, wall)) continue;
    const key = keyOf(place);
    if (getShared(key.at, key.length, value)) addSibling(value, now, wall);
  }
}

function addSibling(from: Slice, now: f64, wall: f64): void {
  if (from.length < HEADER || load<u8>(from.at) != VERSION) return;
  siblingServerRequests += load<f32>(from.at, 1);
  siblingServerWork += load<f32>(from.at, 5);
  const end = from.at + from.length;
  let at = from.at + HEADER;
  while (at + 10 <= end) {
    const cluster = clusterByKey(load<u64>(at));
    const entries = load<u16>(at, 8) as i32;
    at += 10;
    if (at + entries * ENTRY > end) return;
    if (cluster !== null) addEntries(cluster, at, entries, now, wall);
    at += entries * ENTRY;
  }
}

function addEntries(cluster: Cluster, at: usize, entries: i32, now: f64, wall: f64): void {
  const table = cluster.table;
  const present = table.relative(now);
  // Tables of workers are mostly in the same order: each search starts where the last one ended.
  let i = 0;
  for (let entry = 0; entry < entries; entry++, at += ENTRY) {
    const hash = load<u32>(at);
    for (let step = 0; step < table.size; step++) {
      if (i >= table.size) i = 0;
      if (table.addressHash(i) == hash && table.isPresent(i)) {
        onTold(table, i, at + 4, present - (max<f64>(0, wall - load<f64>(at, 36)) as f32));
        break;
      }
      i++;
    }
  }
}
