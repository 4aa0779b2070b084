// `endpoint-load-metrics` (ORCA, xds.data.orca.v3.OrcaLoadReport) in its three forms: text, JSON and binary.
import { ServerLoad } from '../core/estimators';
import { decodeBase64 } from './base64';
import { isText } from './bytes';
import { Json } from './json';

const MAX_LENGTH: i32 = 4096;

/** Reads a header's value, prefixed by its form; false where it is malformed. Bytes are changed in place. */
export function parseOrca(at: usize, length: i32, said: ServerLoad): bool {
  if (length > MAX_LENGTH || length < 4) return false;
  if (isText('TEXT ', at, 5)) return parseText(at + 5, length - 5, said);
  if (isText('JSON ', at, 5)) return parseJson(at + 5, length - 5, said);
  if (isText('BIN ', at, 4)) return parseOrcaBinary(at + 4, length - 4, said);
  return parseText(at, length, said);
}

/** Reads the value of `endpoint-load-metrics-bin`: base64 of the protobuf message. */
export function parseOrcaBinary(at: usize, length: i32, said: ServerLoad): bool {
  if (length > MAX_LENGTH) return false;
  const size = decodeBase64(at, length);
  return size >= 0 && parseMessage(at, size, said);
}

/** Keeps what is a utilisation or a rate, by its number in the protobuf message; the rest of ORCA's is not ours. */
function assign(field: i32, value: f64, said: ServerLoad): void {
  if (!(value >= 0) || value > 1e9) return;
  if (field == 1) said.cpu = value as f32;
  else if (field == 2) said.memory = value as f32;
  else if (field == 6) said.rate = value as f32;
  else if (field == 9 && said.cpu < 0) said.cpu = value as f32;
}

/** Number of a field by its name, in either spelling of protobuf's JSON form; 0 for the others. */
function fieldOf(key: usize, length: i32): i32 {
  if (isText('cpu_utilization', key, length) || isText('cpuUtilization', key, length)) return 1;
  if (isText('mem_utilization', key, length) || isText('memUtilization', key, length)) return 2;
  if (isText('rps_fractional', key, length) || isText('rpsFractional', key, length)) return 6;
  return isText('application_utilization', key, length) ? 9 : 0;
}

/** `cpu_utilization=0.3, mem_utilization=0.8`. */
function parseText(at: usize, length: i32, said: ServerLoad): bool {
  let i = 0;
  while (i < length) {
    while (i < length && load<u8>(at + i) == 0x20) i++;
    const key = i;
    while (i < length && load<u8>(at + i) != 0x3d) i++;
    if (i == key || i >= length) return false;
    const keyLength = i - key;
    const number = readNumber(at + i + 1, length - i - 1);
    if (number.failed) return false;
    assign(fieldOf(at + key, keyLength), number.value, said);
    i += 1 + number.position;
    while (i < length && load<u8>(at + i) == 0x20) i++;
    if (i < length && load<u8>(at + i++) != 0x2c) return false;
  }
  return length > 0;
}

/** One JSON number; the reader lives in a static object, because responses must not allocate. */
function readNumber(at: usize, length: i32): Json {
  reader.open(at, length);
  reader.number();
  return reader;
}
const reader = new Json(0, 0);

/** `{"cpu_utilization":0.3}` in protobuf's JSON form, with either spelling of the names. */
function parseJson(at: usize, length: i32, said: ServerLoad): bool {
  reader.open(at, length);
  reader.object();
  while (reader.nextKey()) {
    const key = reader.at;
    const keyLength = reader.length;
    const digit = reader.peek();
    if (digit == 0x2d || (digit >= 0x30 && digit <= 0x39)) {
      if (!reader.number()) return false;
      assign(fieldOf(key, keyLength), reader.value, said);
    } else if (!reader.skip()) {
      return false;
    }
  }
  return reader.end();
}

/** Protobuf wire format: cpu_utilization = 1, mem_utilization = 2, rps_fractional = 6, application_utilization = 9. */
function parseMessage(at: usize, length: i32, said: ServerLoad): bool {
  let i = 0;
  while (i < length) {
    const tag = load<u8>(at + i++);
    const wire = tag & 7;
    if ((tag & 0x80) != 0) return false;
    if (wire == 1) {
      if (i + 8 > length) return false;
      assign(tag >> 3, load<f64>(at + i), said);
      i += 8;
      continue;
    }
    if (wire != 0 && wire != 2) return false;
    let size = 0;
    let shift = 0;
    while (true) {
      if (i >= length || shift > 28) return false;
      const byte = load<u8>(at + i++) as i32;
      size |= (byte & 0x7f) << shift;
      shift += 7;
      if (byte < 0x80) break;
    }
    if (wire == 0) continue;
    if (size < 0 || size > length - i) return false;
    i += size;
  }
  return length > 0;
}
