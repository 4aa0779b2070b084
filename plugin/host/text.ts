// A growing buffer of bytes to write texts and records into; used again and again, so it stops growing soon.

@unmanaged
export class Text {
  at: usize = 0;
  length: i32 = 0;
  private capacity: i32 = 0;

  constructor(capacity: i32) {
    this.capacity = capacity;
    this.at = heap.alloc(capacity);
  }

  clear(): Text {
    this.length = 0;
    return this;
  }

  /** Room for `size` more bytes; returns where they go and counts them as written. */
  reserve(size: i32): usize {
    if (this.length + size > this.capacity) {
      this.capacity = max(this.capacity * 2, this.length + size);
      this.at = heap.realloc(this.at, this.capacity);
    }
    const at = this.at + this.length;
    this.length += size;
    return at;
  }

  byte(value: i32): Text {
    store<u8>(this.reserve(1), value as u8);
    return this;
  }

  u32(value: u32): Text {
    store<u32>(this.reserve(4), value);
    return this;
  }

  f32(value: f32): Text {
    store<f32>(this.reserve(4), value);
    return this;
  }

  f64(value: f64): Text {
    store<f64>(this.reserve(8), value);
    return this;
  }

  bytes(at: usize, length: i32): Text {
    memory.copy(this.reserve(length), at, length);
    return this;
  }

  /** An ASCII literal. */
  str(text: string): Text {
    const to = this.reserve(text.length);
    for (let i = 0; i < text.length; i++)
      store<u8>(to + i, load<u16>(changetype<usize>(text) + (i << 1)) as u8);
    return this;
  }

  /** A decimal integer. */
  int(value: i64): Text {
    if (value < 0) {
      this.byte(0x2d);
      value = -value;
    }
    let digits = 1;
    for (let rest = value / 10; rest > 0; rest /= 10) digits++;
    const to = this.reserve(digits);
    for (let i = digits - 1; i >= 0; i--) {
      store<u8>(to + i, (0x30 + (value % 10)) as u8);
      value /= 10;
    }
    return this;
  }

  /** A decimal number with up to `decimals` places; what is not finite becomes 0. */
  number(value: f64, decimals: i32): Text {
    if (!isFinite(value)) value = 0;
    if (value < 0) {
      this.byte(0x2d);
      value = -value;
    }
    let unit: i64 = 1;
    for (let i = 0; i < decimals; i++) unit *= 10;
    const scaled = Math.round(min(value, 1e12) * (unit as f64)) as i64;
    this.int(scaled / unit);
    let rest = scaled % unit;
    if (rest == 0) return this;
    this.byte(0x2e);
    while (rest > 0) {
      unit /= 10;
      this.byte(0x30 + ((rest / unit) as i32));
      rest %= unit;
    }
    return this;
  }

  /** Lower-case hexadecimal of bytes. */
  hex(at: usize, length: i32): Text {
    for (let i = 0; i < length; i++) {
      const value = load<u8>(at + i) as i32;
      this.byte(hexDigit(value >> 4)).byte(hexDigit(value & 15));
    }
    return this;
  }

  /** A JSON string of bytes (UTF-8); control characters become `?`. */
  quoted(at: usize, length: i32): Text {
    this.byte(0x22);
    for (let i = 0; i < length; i++) {
      const value = load<u8>(at + i);
      if (value == 0x22 || value == 0x5c) this.byte(0x5c).byte(value);
      else this.byte(value < 0x20 ? 0x3f : value);
    }
    return this.byte(0x22);
  }

  /** Base64 of bytes (RFC 4648, with padding). */
  base64(at: usize, length: i32): Text {
    for (let i = 0; i < length; i += 3) {
      const left = length - i;
      const b = left > 1 ? (load<u8>(at + i + 1) as i32) : 0;
      const c = left > 2 ? (load<u8>(at + i + 2) as i32) : 0;
      const word = ((load<u8>(at + i) as i32) << 16) | (b << 8) | c;
      this.byte(base64Digit(word >> 18)).byte(base64Digit((word >> 12) & 63));
      this.byte(left > 1 ? base64Digit((word >> 6) & 63) : 0x3d);
      this.byte(left > 2 ? base64Digit(word & 63) : 0x3d);
    }
    return this;
  }
}

function hexDigit(value: i32): i32 {
  return value < 10 ? 0x30 + value : 0x57 + value;
}

function base64Digit(value: i32): i32 {
  if (value < 26) return 0x41 + value;
  if (value < 52) return 0x61 - 26 + value;
  if (value < 62) return 0x30 - 52 + value;
  return value == 62 ? 0x2b : 0x2f;
}
