// The server role: measures what a client cannot see (requests in flight behind this sidecar and their work, processing
// time) and says so in `x-weir-load` on every response. Counts are of the whole sidecar, over its workers.
import { RATE_FAST_MS } from '../core/constants';
import { ClassTable } from '../core/classes';
import { ServerLoad } from '../core/estimators';
import { decay, keepShare } from '../core/math';
import { Headers, proxy_send_local_response } from './abi';
import { Slice } from './bytes';
import { replaceHeader } from './calls';
import { nowMs, lastWallMs } from './clock';
import { Mode } from './config';
import { loadHeaderAt, writeLoad } from './load-header';
import { CallHeaders } from './call-headers';
import { LOAD_HEADER, PROBE_PATH } from './names';
import { RequestHeaders } from './request-headers';
import { ResponseHeaders } from './response-headers';
import { Root } from './roots';
import {
  addServer,
  announce,
  exchange,
  serverRequests,
  serverWork,
  siblingServerRequests,
  siblingServerWork,
} from './siblings';
import { Stream } from './streams';

/** Window of the processing time. */
const TIME_TAU_MS: f32 = 3000;

const request = new RequestHeaders();
const response = new ResponseHeaders();
const said = new ServerLoad();
const call = new CallHeaders();
const classes = new ClassTable(256);
let origin: f64 = 0;
let timeMs: f32 = 0;
let samples: f32 = 0;
let sampledAt: f64 = 0;
/** Processing time by how many others a request met here (the last place: that many or more), 0 = not measured. */
const MAX_DEPTH: i32 = 63;
const byDepth: usize = memory.data(64 << 2, 4);
/** Weight of a new sample there: the paper of Prequal takes the median of recent ones (section 4). */
const DEPTH_GAIN: f32 = 0.2;
let rate: f32 = 0;
let startedAt: f64 = 0;
let cpu: f32 = -1;
let memoryUse: f32 = -1;

/** Returns true when it answered the request itself (a probe). */
export function onServerRequest(stream: Stream, root: Root): bool {
  const config = root.config;
  if (config.mode == Mode.Off) return false;
  request.read(config.classes, null);
  const now = nowMs();
  exchange(now, lastWallMs());
  if (PROBE_PATH.is(request.path.at, request.path.length)) {
    answerProbe(now);
    return true;
  }
  stream.server = true;
  stream.started = now;
  const hash = request.classHash(config.classes);
  stream.classIndex = hash == 0 ? -1 : classes.indexOf(hash);
  stream.work = classes.work(stream.classIndex);
  stream.depth = serverRequests + siblingServerRequests;
  addServer(1, stream.work);
  announce(now);
  rate = rate * decay((now - startedAt) as f32, RATE_FAST_MS) + 1000 / RATE_FAST_MS;
  startedAt = now;
  return false;
}

export function onServerResponse(stream: Stream): void {
  if (!stream.server || stream.responded) return;
  response.read(Headers.Response);
  if (response.status < 200) return;
  stream.responded = true;
  const now = nowMs();
  const took = (now - stream.started) as f32;
  const keep = keepShare(samples, (now - sampledAt) as f32, TIME_TAU_MS);
  timeMs = timeMs * keep + took * (1 - keep);
  samples += 1;
  sampledAt = now;
  const met = byDepth + (min(stream.depth as i32, MAX_DEPTH) << 2);
  store<f32>(met, load<f32>(met) > 0 ? load<f32>(met) * (1 - DEPTH_GAIN) + took * DEPTH_GAIN : took);
  observeClass(stream.classIndex, took, now);
  if (response.app.cpu >= 0) cpu = response.app.cpu;
  if (response.app.memory >= 0) memoryUse = response.app.memory;
  exchange(now, lastWallMs());
  // This request is as good as gone: what counts is what the next one will meet.
  describe(1, stream.work, now);
  const length = writeLoad(said);
  replaceHeader(Headers.Response, LOAD_HEADER, loadHeaderAt(), length);
}

/** Class times are floats relative to an origin that moves before they lose precision. */
function observeClass(index: i32, took: f32, now: f64): void {
  if (origin == 0) origin = now;
  if (now - origin > 262144) {
    classes.rebase((now - origin) as f32);
    origin = now;
  }
  classes.observe(index, took, (now - origin) as f32);
}

/** Processing time of requests that met about `depth` others here; -1 while nothing was measured. */
function latencyAt(depth: i32): f32 {
  for (let distance = 0; distance <= MAX_DEPTH; distance++) {
    for (let side = -1; side <= 1; side += 2) {
      const at = depth + side * distance;
      const known = at >= 0 && at <= MAX_DEPTH ? load<f32>(byDepth + (at << 2)) : 0;
      if (known > 0) return known;
    }
  }
  return -1;
}

function describe(leaving: f32, leavingWork: f32, now: f64): void {
  said.requests = max<f32>(serverRequests + siblingServerRequests - leaving, 0);
  said.work = max<f32>(serverWork + siblingServerWork - leavingWork, 0);
  said.timeMs = samples > 0 ? timeMs : -1;
  said.latencyMs = latencyAt(min(said.requests as i32, MAX_DEPTH));
  said.rate = rate * decay((now - startedAt) as f32, RATE_FAST_MS);
  said.cpu = cpu;
  said.memory = memoryUse;
}

function answerProbe(now: f64): void {
  describe(0, 0, now);
  const length = writeLoad(said);
  call.begin(1);
  call.add(LOAD_HEADER, loadHeaderAt(), length);
  const headers: Slice = call.end();
  proxy_send_local_response(204, 0, 0, 0, 0, headers.at, headers.length, <u32>-1);
}

export function settleServer(stream: Stream): void {
  if (!stream.server || stream.settled) return;
  stream.settled = true;
  addServer(-1, -stream.work);
}
