// A pull reader of JSON (RFC 8259) over bytes that belong to us: it unescapes in place, allocates nothing, never throws
// and bounds its depth. After the first fault `failed` stays true and every call returns false.
import { isText } from './bytes';

const MAX_DEPTH: i32 = 16;

@unmanaged
export class Json {
  /** Position, for messages: bytes from the start. */
  position: i32 = 0;
  failed: bool = false;
  /** The last string or key. */
  at: usize = 0;
  length: i32 = 0;
  /** The last number. */
  value: f64 = 0;
  private first: bool = false;

  constructor(
    private start: usize,
    private size: i32,
  ) {}

  /** Starts over on other bytes. */
  open(start: usize, size: i32): void {
    this.start = start;
    this.size = size;
    this.position = 0;
    this.failed = false;
    this.first = false;
  }

  private fail(): bool {
    this.failed = true;
    return false;
  }

  /** Next byte that is no white space, 0 at the end. */
  peek(): u8 {
    while (this.position < this.size) {
      const byte = load<u8>(this.start + this.position);
      if (byte != 0x20 && byte != 0x09 && byte != 0x0a && byte != 0x0d) return byte;
      this.position++;
    }
    return 0;
  }

  private take(byte: u8): bool {
    if (this.failed || this.peek() != byte) return this.fail();
    this.position++;
    return true;
  }

  /** `{`; then nextKey() until it returns false. */
  object(): bool {
    this.first = true;
    return this.take(0x7b);
  }

  /** The next key of the object, false at its end. */
  nextKey(): bool {
    return this.next(0x7d) && this.string() && this.take(0x3a);
  }

  /** `[`; then nextItem() until it returns false. */
  array(): bool {
    this.first = true;
    return this.take(0x5b);
  }

  nextItem(): bool {
    return this.next(0x5d);
  }

  private next(close: u8): bool {
    if (this.failed) return false;
    if (this.peek() == close) {
      this.position++;
      this.first = false;
      return false;
    }
    if (!this.first && !this.take(0x2c)) return false;
    this.first = false;
    // `[1,]` and `{"a":1,}` are not JSON.
    return this.peek() == close ? this.fail() : true;
  }

  /** Whether the last string is `text`. */
  is(text: string): bool {
    return isText(text, this.at, this.length);
  }

  string(): bool {
    if (!this.take(0x22)) return false;
    const from = this.start + this.position;
    let out = from;
    while (this.position < this.size) {
      let byte = load<u8>(this.start + this.position++);
      if (byte == 0x22) {
        this.at = from;
        this.length = (out - from) as i32;
        return true;
      }
      if (byte < 0x20) return this.fail();
      if (byte == 0x5c) {
        if (this.position == this.size) return this.fail();
        byte = load<u8>(this.start + this.position++);
        if (byte == 0x75) {
          out = this.unicode(out);
          if (this.failed) return false;
          continue;
        }
        byte = unescaped(byte);
        if (byte == 0) return this.fail();
      }
      store<u8>(out++, byte);
    }
    return this.fail();
  }

  /** `XXXX` after `\u` as UTF-8 at `out` (a lone surrogate as it is: such a string matches nothing). */
  private unicode(out: usize): usize {
    let code = 0;
    for (let i = 0; i < 4; i++) {
      const digit = this.position < this.size ? hexValue(load<u8>(this.start + this.position++)) : -1;
      if (digit < 0) this.fail();
      code = (code << 4) | digit;
    }
    if (code < 0x80) {
      store<u8>(out, code as u8);
      return out + 1;
    }
    if (code < 0x800) {
      store<u8>(out, (0xc0 | (code >> 6)) as u8);
      store<u8>(out + 1, (0x80 | (code & 63)) as u8);
      return out + 2;
    }
    store<u8>(out, (0xe0 | (code >> 12)) as u8);
    store<u8>(out + 1, (0x80 | ((code >> 6) & 63)) as u8);
    store<u8>(out + 2, (0x80 | (code & 63)) as u8);
    return out + 3;
  }

  number(): bool {
    if (this.failed) return false;
    this.peek();
    const negative = this.accept(0x2d);
    let mantissa: f64 = 0;
    let scale = 0;
    const whole = this.position;
    for (let d = this.digit(); d >= 0; d = this.digit()) mantissa = mantissa * 10 + (d as f64);
    const wholeDigits = this.position - whole;
    // A number has digits, and no leading zero before others.
    if (wholeDigits == 0 || (wholeDigits > 1 && load<u8>(this.start + whole) == 0x30)) return this.fail();
    if (this.accept(0x2e)) {
      const fraction = this.position;
      for (let d = this.digit(); d >= 0; d = this.digit(), scale--) mantissa = mantissa * 10 + (d as f64);
      if (this.position == fraction) return this.fail();
    }
    if (this.accept(0x65) || this.accept(0x45)) {
      const minus = this.accept(0x2d);
      if (!minus) this.accept(0x2b);
      const digits = this.position;
      let exponent = 0;
      for (let d = this.digit(); d >= 0; d = this.digit()) exponent = min(exponent * 10 + d, 9999);
      if (this.position == digits) return this.fail();
      scale += minus ? -exponent : exponent;
    }
    const size = shifted(mantissa, scale);
    this.value = negative ? -size : size;
    return isFinite(this.value) ? true : this.fail();
  }

  /** Takes the next byte if it is `byte`. */
  private accept(byte: u8): bool {
    if (this.position >= this.size || load<u8>(this.start + this.position) != byte) return false;
    this.position++;
    return true;
  }

  private digit(): i32 {
    if (this.position >= this.size) return -1;
    const value = (load<u8>(this.start + this.position) as i32) - 0x30;
    if (value < 0 || value > 9) return -1;
    this.position++;
    return value;
  }

  /** `true` or `false` into `value` as 1 or 0. */
  bool(): bool {
    if (this.literal('true')) this.value = 1;
    else if (this.literal('false')) this.value = 0;
    else return this.fail();
    return true;
  }

  private literal(text: string): bool {
    if (this.failed) return false;
    this.peek();
    for (let i = 0; i < text.length; i++) {
      const at = this.position + i;
      if (at >= this.size || load<u8>(this.start + at) != text.charCodeAt(i)) return false;
    }
    this.position += text.length;
    return true;
  }

  /** Passes over any value. */
  skip(depth: i32 = 0): bool {
    if (this.failed || depth > MAX_DEPTH) return this.fail();
    const byte = this.peek();
    if (byte == 0x7b) {
      this.object();
      while (this.nextKey()) this.skip(depth + 1);
    } else if (byte == 0x5b) {
      this.array();
      while (this.nextItem()) this.skip(depth + 1);
    } else if (byte == 0x22) {
      this.string();
    } else if (byte == 0x74 || byte == 0x66) {
      this.bool();
    } else if (byte == 0x6e) {
      if (!this.literal('null')) this.fail();
    } else {
      this.number();
    }
    return !this.failed;
  }

  /** Nothing but white space follows. */
  end(): bool {
    return !this.failed && this.peek() == 0 && this.position >= this.size ? true : this.fail();
  }
}

/** `value` x 10^`places`; past the range of a double it is 0 or infinite. */
function shifted(value: f64, places: i32): f64 {
  let power: f64 = 1;
  for (let i = min(abs(places), 400); i > 0; i--) power *= 10;
  return places < 0 ? value / power : value == 0 ? 0 : value * power;
}

function unescaped(byte: u8): u8 {
  if (byte == 0x22 || byte == 0x5c || byte == 0x2f) return byte;
  if (byte == 0x6e) return 0x0a;
  if (byte == 0x74) return 0x09;
  if (byte == 0x72) return 0x0d;
  if (byte == 0x62) return 0x08;
  return byte == 0x66 ? 0x0c : 0;
}

function hexValue(digit: u8): i32 {
  if (digit >= 0x30 && digit <= 0x39) return digit - 0x30;
  if (digit >= 0x41 && digit <= 0x46) return digit - 0x41 + 10;
  return digit >= 0x61 && digit <= 0x66 ? digit - 0x61 + 10 : -1;
}
