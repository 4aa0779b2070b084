// The server role: measures what a client cannot see (requests in flight behind this sidecar and their work, processing
// time) and says so in `x-weir-load` on every response. Counts are of the whole sidecar, over its workers.
import { ServerLoad } from '../core/estimators';
import { ServerMeter } from '../core/server-meter';
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

const request = new RequestHeaders();
const response = new ResponseHeaders();
const said = new ServerLoad();
const call = new CallHeaders();
const meter = new ServerMeter();

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
  stream.classIndex = hash == 0 ? -1 : meter.classes.indexOf(hash);
  stream.work = meter.classes.work(stream.classIndex);
  stream.depth = serverRequests + siblingServerRequests;
  addServer(1, stream.work);
  announce(now);
  return false;
}

export function onServerResponse(stream: Stream): void {
  if (!stream.server || stream.responded) return;
  response.read(Headers.Response);
  if (response.status < 200) return;
  stream.responded = true;
  const now = nowMs();
  const took = (now - stream.started) as f32;
  meter.onResponse(stream.classIndex, stream.depth, took, now);
  if (response.app.cpu >= 0) meter.cpu = response.app.cpu;
  if (response.app.memory >= 0) meter.memory = response.app.memory;
  exchange(now, lastWallMs());
  // This request is as good as gone: what counts is what the next one will meet.
  describe(1, stream.work, now);
  const length = writeLoad(said);
  replaceHeader(Headers.Response, LOAD_HEADER, loadHeaderAt(), length);
}

/** What the next request will meet: without one that is as good as gone. */
function describe(leaving: f32, leavingWork: f32, now: f64): void {
  const requests = serverRequests + siblingServerRequests - leaving;
  meter.describe(said, requests, serverWork + siblingServerWork - leavingWork, now);
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
