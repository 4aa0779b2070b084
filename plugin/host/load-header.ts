// `x-weir-load` (docs/contracts.md): `q=3;w=3500;t=12500;r=41000;c=420;m=610`.
import { ServerLoad } from '../core/estimators';

/** Longer values are not ours. */
const MAX_LENGTH: i32 = 256;
const MAX_DIGITS: i32 = 12;
const EQUALS: u8 = 0x3d;
const SEMICOLON: u8 = 0x3b;

/** Reads a header into `load`; false, with `load` cleared, where it is malformed. */
export function parseLoad(at: usize, length: i32, load_: ServerLoad): bool {
  load_.clear();
  if (length == 0 || length > MAX_LENGTH || !parse(at, length, load_) || load_.requests < 0) {
    load_.clear();
    return false;
  }
  // A sidecar that does not tell them apart.
  if (load_.latencyMs < 0) load_.latencyMs = load_.timeMs;
  return true;
}

function parse(at: usize, length: i32, said: ServerLoad): bool {
  let i = 0;
  while (i < length) {
    const key = load<u8>(at + i);
    const keyStart = i;
    while (i < length && load<u8>(at + i) != EQUALS) i++;
    const isShort = i - keyStart == 1;
    if (i == keyStart || ++i >= length) return false;
    let value: f64 = 0;
    const digits = i;
    for (; i < length && load<u8>(at + i) != SEMICOLON; i++) {
      const digit = load<u8>(at + i);
      if (digit < 0x30 || digit > 0x39 || i - digits >= MAX_DIGITS) return false;
      value = value * 10 + ((digit - 0x30) as f64);
    }
    if (i == digits) return false;
    if (isShort) assign(said, key, value);
    i++;
  }
  return true;
}

function assign(said: ServerLoad, key: u8, value: f64): void {
  if (key == 0x71) said.requests = value as f32;
  else if (key == 0x77) said.work = (value * 1e-3) as f32;
  else if (key == 0x74) said.timeMs = (value * 1e-3) as f32;
  else if (key == 0x6c) said.latencyMs = (value * 1e-3) as f32;
  else if (key == 0x72) said.rate = (value * 1e-3) as f32;
  else if (key == 0x63) said.cpu = (value * 1e-3) as f32;
  else if (key == 0x6d) said.memory = (value * 1e-3) as f32;
}

const line: usize = memory.data(128, 8);
let written: i32 = 0;

/** Writes a header; returns its length, `loadHeaderAt()` says where it lies. */
export function writeLoad(said: ServerLoad): i32 {
  written = 0;
  field(0x71, said.requests, 1);
  field(0x77, said.work, 1000);
  field(0x74, said.timeMs, 1000);
  field(0x6c, said.latencyMs, 1000);
  field(0x72, said.rate, 1000);
  field(0x63, said.cpu, 1000);
  field(0x6d, said.memory, 1000);
  return written;
}

export function loadHeaderAt(): usize {
  return line;
}

function field(key: i32, value: f32, unit: f32): void {
  if (!(value >= 0)) return;
  if (written > 0) store<u8>(line + written++, SEMICOLON);
  store<u8>(line + written++, key as u8);
  store<u8>(line + written++, EQUALS);
  let rest = min<f64>((value as f64) * (unit as f64) + 0.5, 999999999999) as u64;
  const start = written;
  do {
    store<u8>(line + written++, (0x30 + (rest % 10)) as u8);
    rest /= 10;
  } while (rest > 0);
  for (let a = start, b = written - 1; a < b; a++, b--) {
    const digit = load<u8>(line + a);
    store<u8>(line + a, load<u8>(line + b));
    store<u8>(line + b, digit);
  }
}
