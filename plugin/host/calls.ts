// Host calls with a value: the value lands in scratch memory and is good until the next callback.
import {
  CAS_MISMATCH,
  Headers,
  OK,
  proxy_get_buffer_bytes,
  proxy_get_header_map_pairs,
  proxy_get_property,
  proxy_get_shared_data,
  proxy_remove_header_map_value,
  proxy_replace_header_map_value,
  proxy_set_shared_data,
} from './abi';
import { Name, Slice } from './bytes';

const out: usize = memory.data(12, 4);

function take(status: u32, value: Slice): bool {
  if (status != OK) {
    value.set(0, 0);
    return false;
  }
  value.set(load<u32>(out), load<u32>(out + 4));
  return value.at != 0;
}

/** A property; segments of the path are separated by NUL. */
export function getProperty(path: Name, value: Slice): bool {
  store<u64>(out, 0);
  return take(proxy_get_property(path.at, path.length, out, out + 4), value);
}

/** `length` bytes at most of a buffer. */
export function getBuffer(kind: i32, length: i32, value: Slice): bool {
  store<u64>(out, 0);
  return take(proxy_get_buffer_bytes(kind, 0, length, out, out + 4), value);
}

/** All headers in one call: u32 count, count x (u32 key length, u32 value length), then key NUL value NUL. */
export function getPairs(kind: Headers, value: Slice): bool {
  store<u64>(out, 0);
  return take(proxy_get_header_map_pairs(kind, out, out + 4), value) && value.length >= 4;
}

export function replaceHeader(kind: Headers, name: Name, at: usize, length: i32): void {
  proxy_replace_header_map_value(kind, name.at, name.length, at, length);
}

export function removeHeader(kind: Headers, at: usize, length: i32): void {
  proxy_remove_header_map_value(kind, at, length);
}

/** Version of the last shared value read. */
export let casOfRead: u32 = 0;

export function getShared(at: usize, length: i32, value: Slice): bool {
  store<u64>(out, 0);
  store<u32>(out + 8, 0);
  const found = take(proxy_get_shared_data(at, length, out, out + 4, out + 8), value);
  casOfRead = load<u32>(out + 8);
  return found;
}

/** Sets a shared value; with `cas` other than 0 only if its version is still that one. False on such a conflict. */
export function setShared(at: usize, length: i32, value: usize, size: i32, cas: u32): bool {
  return proxy_set_shared_data(at, length, value, size, cas) != CAS_MISMATCH;
}

/** Walks the pairs of getPairs(). */
@unmanaged
export class Pairs {
  keyAt: usize = 0;
  keyLength: i32 = 0;
  valueAt: usize = 0;
  valueLength: i32 = 0;
  private lengths: usize = 0;
  private left: i32 = 0;
  private next: usize = 0;
  private end: usize = 0;

  open(pairs: Slice): void {
    const count = load<u32>(pairs.at) as i32;
    this.end = pairs.at + pairs.length;
    // A count that does not fit the buffer is no pairs at all.
    this.left = count < 0 || (count as i64) * 8 + 4 > (pairs.length as i64) ? 0 : count;
    this.lengths = pairs.at + 4;
    this.next = this.lengths + (this.left << 3);
  }

  step(): bool {
    if (this.left == 0) return false;
    this.left--;
    this.keyLength = load<i32>(this.lengths);
    this.valueLength = load<i32>(this.lengths + 4);
    this.lengths += 8;
    this.keyAt = this.next;
    this.valueAt = this.keyAt + this.keyLength + 1;
    this.next = this.valueAt + this.valueLength + 1;
    return this.keyLength >= 0 && this.valueLength >= 0 && this.next <= this.end;
  }
}
