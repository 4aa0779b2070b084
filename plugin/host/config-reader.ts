// Typed reads from a JSON configuration that keep the first mistake as `PATH: what was expected, what was got`.
import { hash64, toText } from './bytes';
import { Json } from './json';
import { Text } from './text';

export class ConfigReader {
  readonly json: Json;
  error: string = '';
  /** Path of the open object, empty at the top; and its present key. */
  private section: string = '';
  private keyAt: usize = 0;
  private keyLength: i32 = 0;
  /** Keys seen in the open objects, to find duplicates. */
  private seen: Array<u64> = [];

  constructor(start: usize, size: i32) {
    this.json = new Json(start, size);
  }

  /** Frees what the garbage collector does not know of. */
  dispose(): void {
    heap.free(changetype<usize>(this.json));
  }

  /** Path of the present key. */
  private path(): string {
    const key = toText(this.keyAt, this.keyLength, 512);
    return this.section.length > 0 ? this.section + '.' + key : key.length > 0 ? key : 'configuration';
  }

  /** Keeps the first mistake and stops the reading. */
  rejectAt(path: string, message: string): void {
    if (this.error.length == 0) this.error = path + ': ' + message;
    this.json.failed = true;
  }

  /** The same for the present key. */
  reject(message: string): void {
    this.rejectAt(this.path(), message);
  }

  /** Says where something else stands than was expected. */
  private expected(what: string): void {
    this.reject('expected ' + what + ' at byte ' + plain(this.json.position));
  }

  /** Opens the object that is the value of the present key; its keys are then `SECTION.KEY`. */
  open(section: string): bool {
    if (!this.json.failed && !this.json.object()) this.expected('a JSON object');
    this.section = section;
    return !this.json.failed;
  }

  openList(): void {
    if (!this.json.failed && !this.json.array()) this.expected('a list');
  }

  /** The next key of the object of this section; false at its end. */
  nextKey(section: string): bool {
    this.section = section;
    if (!this.json.nextKey()) {
      if (this.json.failed) this.expected('valid JSON');
      return false;
    }
    this.keyAt = this.json.at;
    this.keyLength = this.json.length;
    const hash = hash64(this.keyAt, this.keyLength) ^ hash64(changetype<usize>(section), section.length << 1);
    if (this.seen.includes(hash)) {
      this.reject('given twice');
      return false;
    }
    this.seen.push(hash);
    return true;
  }

  nextItem(): bool {
    if (this.json.nextItem()) return true;
    if (this.json.failed) this.expected('valid JSON');
    return false;
  }

  /** Keys seen so far; forgetting those since then lets each item of a list have the same ones. */
  get mark(): i32 {
    return this.seen.length;
  }

  forgetSince(mark: i32): void {
    this.seen.length = mark;
  }

  keyText(): string {
    return toText(this.keyAt, this.keyLength, 512);
  }

  unknown(): void {
    this.reject('unknown key');
  }

  text(most: i32): string {
    if (!this.json.string()) {
      this.expected('a string');
      return '';
    }
    if (this.json.length < 1 || this.json.length > most) {
      this.reject('expected 1 to ' + plain(most) + ' characters, got ' + plain(this.json.length));
      return '';
    }
    return toText(this.json.at, this.json.length, most);
  }

  number(least: f64, most: f64): f64 {
    if (!this.json.number()) this.expected('a number');
    else if (!(this.json.value >= least && this.json.value <= most)) {
      const range = plain(least) + ' to ' + plain(most);
      this.reject('expected a number from ' + range + ', got ' + plain(this.json.value));
    }
    return this.json.failed ? least : this.json.value;
  }

  integer(least: f64, most: f64): i32 {
    const value = this.number(least, most);
    if (value != Math.floor(value)) this.reject('expected a whole number, got ' + plain(value));
    return value as i32;
  }

  bool(): bool {
    if (!this.json.bool()) this.expected('true or false');
    return this.json.value != 0;
  }

  /** Index of the string among `names`. */
  oneOf(names: StaticArray<string>): i32 {
    if (!this.json.string()) {
      this.expected('a string');
      return 0;
    }
    let known = '';
    for (let i = 0; i < names.length; i++) {
      if (this.json.is(names[i])) return i;
      known += i > 0 ? ', ' + names[i] : names[i];
    }
    this.reject('expected one of ' + known + ', got "' + toText(this.json.at, this.json.length) + '"');
    return 0;
  }

  finish(): void {
    this.keyLength = 0;
    if (!this.json.failed && !this.json.end()) this.expected('nothing after the object');
  }
}

const digits = new Text(32);

/** A number as text, with at most six decimals. */
export function plain(value: f64): string {
  digits.clear().number(value, 6);
  return toText(digits.at, digits.length);
}
