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

/** Keeps what is a utilisation or a rate; the rest of ORCA's metrics is not ours. */
function assign(key: usize, length: i32, value: f64, said: ServerLoad): void {
  if (!(value >= 0) || value > 1e9) return;
  if (isText('cpu_utilization', key, length)) said.cpu = value as f32;
  else if (isText('mem_utilization', key, length)) said.memory = value as f32;
  else if (isText('rps_fractional', key, length)) said.rate = value as f32;
  else if (isText('application_utilization', key, length) && said.cpu < 0) said.cpu = value as f32;
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
    assign(at + key, keyLength, number.value, said);
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
      assign(key, keyLength, reader.value, said);
      if (isText('cpuUtilization', key, keyLength)) said.cpu = reader.value as f32;
      else if (isText('memUtilization', key, keyLength)) said.memory = reader.value as f32;
      else if (isText('rpsFractional', key, keyLength)) said.rate = reader.value as f32;
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
      const value = load<f64>(at + i);
      const field = tag >> 3;
      i += 8;
      if (!(value >= 0) || value > 1e9) continue;
      if (field == 1) said.cpu = value as f32;
      else if (field == 2) said.memory = value as f32;
      else if (field == 6) said.rate = value as f32;
      else if (field == 9 && said.cpu < 0) said.cpu = value as f32;
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
    if (wire == 2) i += size;
    if (size < 0 || i > length) return false;
  }
  return length > 0;
}
