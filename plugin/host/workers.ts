// The workers of one Envoy, known to each other through shared data: who is there, who leads, which model each has.
// Each VM takes the lowest free place and keeps it alive by its heartbeat; the lowest live place leads, that is, it
// reports for all of them.
import { mix } from '../core/math';
import { Name, Slice } from './bytes';
import { casOfRead, getShared, setShared } from './calls';
import { seedRandom } from './random';
import { Text } from './text';

const KEY = new Name('weir/workers');
/** A worker that has been silent for this long is gone. */
const DEAD_MS: f64 = 3000;
const MAX_WORKERS: i32 = 128;
/** Version byte, then entries: id u32, heartbeat f64 (wall, ms), model id 16 bytes. */
const VERSION: u8 = 1;
const ENTRY: i32 = 28;
/** Tries against other workers that write at the same moment. */
const TRIES: i32 = 8;

/** This worker's place, -1 until it has one; its id; whether others are alive; whether it leads. */
export let ordinal: i32 = -1;
export let workerId: u32 = 0;
export let hasSiblings: bool = false;
export let isLeader: bool = true;
/** Places that exist: what readers of the others' values go through. */
export let places: i32 = 0;

const list = new Slice();
const text = new Text(1 + ENTRY * 4);

export function workerEntry(place: i32): usize {
  return text.at + 1 + place * ENTRY;
}

export function isAlive(place: i32, wall: f64): bool {
  const entry = workerEntry(place);
  return load<u32>(entry) != 0 && abs(wall - load<f64>(entry, 4)) < DEAD_MS;
}

function read(): void {
  text.clear();
  exists = getShared(KEY.at, KEY.length, list) && load<u8>(list.at) == VERSION;
  if (exists) text.bytes(list.at, list.length);
  else text.byte(VERSION);
  places = (text.length - 1) / ENTRY;
}
/** Whether the last read found a list. */
let exists: bool = false;

/**
 * Takes or keeps this worker's place; `model` is the 16-byte id that it decides with. The id of a worker comes from the
 * version of the list that it replaced: only one can replace a version, while clocks and random bits of VMs that start
 * together may be the same. Making the list needs no version, so that it may sweep away another's entry: who is missed
 * at the next beat enters again.
 */
export function heartbeat(wall: f64, model: usize, salt: u32): void {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    read();
    const cas = casOfRead;
    if (!exists) {
      setShared(KEY.at, KEY.length, text.at, text.length, 0);
      continue;
    }
    const isNew = workerId == 0;
    if (isNew) workerId = mix(salt, cas) | 1;
    const place = ownPlace(wall);
    if (place < 0) break;
    const entry = workerEntry(place);
    store<u32>(entry, workerId);
    store<f64>(entry, wall, 4);
    memory.copy(entry + 12, model, 16);
    if (!setShared(KEY.at, KEY.length, text.at, text.length, cas)) {
      if (isNew) workerId = 0;
      continue;
    }
    if (ordinal != place) seedRandom(((place as u64) << 32) | (workerId as u64));
    ordinal = place;
    break;
  }
  survey(wall);
}

/** The place with our id, else the lowest dead one, else a new one; -1 when there are too many. */
function ownPlace(wall: f64): i32 {
  let free = -1;
  for (let place = 0; place < places; place++) {
    if (load<u32>(workerEntry(place)) == workerId) return place;
    if (free < 0 && !isAlive(place, wall)) free = place;
  }
  if (free >= 0) return free;
  if (places == MAX_WORKERS) return -1;
  memory.fill(text.reserve(ENTRY), 0, ENTRY);
  return places++;
}

function survey(wall: f64): void {
  hasSiblings = false;
  isLeader = true;
  for (let place = 0; place < places; place++) {
    if (place == ordinal || !isAlive(place, wall)) continue;
    hasSiblings = true;
    if (place < ordinal) isLeader = false;
  }
}

/** Gives the place up when this VM ends. */
export function leave(): void {
  if (ordinal < 0) return;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    read();
    if (ordinal >= places || load<u32>(workerEntry(ordinal)) != workerId) break;
    const cas = casOfRead;
    store<u32>(workerEntry(ordinal), 0);
    if (setShared(KEY.at, KEY.length, text.at, text.length, cas)) break;
  }
  ordinal = -1;
}
