// Bytes: constant names for the ABI, and a slice that the last call filled.

/** A constant ASCII text as bytes. */
@unmanaged
export class Name {
  at: usize = 0;
  length: i32 = 0;

  constructor(text: string) {
    this.length = String.UTF8.byteLength(text);
    this.at = heap.alloc(this.length);
    String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, this.at);
  }

  /** Frees a name that a configuration owned. */
  dispose(): void {
    heap.free(this.at);
    heap.free(changetype<usize>(this));
  }

  is(at: usize, length: i32): bool {
    return this.length == length && memory.compare(this.at, at, length) == 0;
  }

  isPrefixOf(at: usize, length: i32): bool {
    return this.length <= length && memory.compare(this.at, at, this.length) == 0;
  }
}

/** Where a value lies and how long it is. */
@unmanaged
export class Slice {
  at: usize = 0;
  length: i32 = 0;

  set(at: usize, length: i32): void {
    this.at = at;
    this.length = length;
  }

  get isEmpty(): bool {
    return this.length == 0;
  }
}

/** The bytes of an ASCII literal compared with a slice, without building anything. */
export function isText(text: string, at: usize, length: i32): bool {
  if (text.length != length) return false;
  for (let i = 0; i < length; i++) {
    if (load<u16>(changetype<usize>(text) + (i << 1)) != load<u8>(at + i)) return false;
  }
  return true;
}

/** A slice as text, for messages; at most `limit` bytes of it. */
export function toText(at: usize, length: i32, limit: i32 = 64): string {
  const cut = min(length, limit);
  return String.UTF8.decodeUnsafe(at, cut) + (length > limit ? '...' : '');
}

/** A header's name as Envoy has it: ASCII in lower case. */
export function lowerCase(name: Name): Name {
  for (let i = 0; i < name.length; i++) {
    const byte = load<u8>(name.at + i);
    if (byte >= 0x41 && byte <= 0x5a) store<u8>(name.at + i, byte | 0x20);
  }
  return name;
}

/** FNV-1a, 64 bits: a cluster's key. */
export function hash64(at: usize, length: i32): u64 {
  let hash: u64 = 0xcbf29ce484222325;
  for (let i = 0; i < length; i++) hash = (hash ^ load<u8>(at + i)) * 0x100000001b3;
  return hash;
}

/** Printable ASCII of 3 to 63 bytes with a colon; nothing that would split the ranked list. */
export function isAddress(at: usize, length: i32): bool {
  if (length < 3 || length > 63) return false;
  let colons = 0;
  for (let i = 0; i < length; i++) {
    const byte = load<u8>(at + i);
    if (byte <= 0x20 || byte > 0x7e || byte == 0x2c || byte == 0x22) return false;
    if (byte == 0x3a) colons++;
  }
  return colons > 0;
}
