// The report of the leading worker: gathers what all workers counted, posts it, and keeps the counts until the trainer
// has answered; a report that fails is added to the next one.
import { OK, proxy_http_call } from './abi';
import { takeAnswer } from './answers';
import { nextIntervalMs } from './answer';
import { Name, Slice } from './bytes';
import { Buffer, Headers } from './abi';
import { CallHeaders } from './call-headers';
import { casOfRead, getBuffer, getProperty, getShared, setShared } from './calls';
import { nowMs } from './clock';
import { Config, Mode } from './config';
import { recordEndpoints } from './endpoint-metrics';
import { clearWindows, encodeWindows, hasHandover, merge, takeOver } from './handover';
import { Counter, count } from './metrics';
import { AUTHORITY, CONTENT_TYPE, METHOD, NODE_ID, NODE_ID_OLD, PATH } from './names';
import { randomBits } from './random';
import { ReportHead, writeReport } from './report';
import { ResponseHeaders } from './response-headers';
import { Text } from './text';

const POST = new Name('POST');
const REPORTS = new Name('/v1/reports');
const JSON_TYPE = new Name('application/json');
const TRAINER = new Name('weir-trainer');
const ID_KEY = new Name('weir/proxy-id');
const SEQ_KEY = new Name('weir/seq');
const TIMEOUT_MS: u32 = 5000;
const MAX_ANSWER: i32 = 1048576;
/** A call that Envoy never closed (it always should) is given up after this. */
const LOST_MS: f64 = 15000;
/** Counts of failed reports are kept up to this size; beyond it the oldest are worth less than the memory. */
const MAX_KEPT: i32 = 1048576;

const head = new ReportHead();
const body = new Text(8192);
const kept = new Text(8192);
const call = new CallHeaders();
const answerHeaders = new ResponseHeaders();
const value = new Slice();
const tokenCell: usize = memory.data(4, 4);
let token: u32 = 0;
let isPending: bool = false;
/** The configuration that the pending report was sent under. */
let sentBy: usize = 0;
let sentAt: f64 = 0;
let reportedAt: f64 = 0;

/** Reports when it is time. */
export function leadReports(config: Config, now: f64, wall: f64): void {
  if (hasHandover()) takeOver(now, head.records);
  if (isPending && now - sentAt > LOST_MS) failed();
  const interval = nextIntervalMs > 0 ? nextIntervalMs : config.intervalMs;
  if (isPending || now - reportedAt < interval) return;
  const elapsed = reportedAt > 0 ? now - reportedAt : interval;
  reportedAt = now;
  recordEndpoints(now);
  mergeKept(now);
  if (config.reportCluster.length > 0 && config.mode != Mode.Off) send(config, elapsed, now, wall);
  if (!isPending) forget();
}

/** Clears what was counted: it was sent, or there is nobody to send it to. */
function forget(): void {
  clearWindows();
  head.records.clear();
}

function send(config: Config, elapsed: f64, now: f64, wall: f64): void {
  if (head.proxy.length == 0) identify();
  head.seq = nextSeq();
  head.intervalMs = elapsed;
  writeReport(body, head, config, now, wall);
  call.begin(4);
  call.add(METHOD, POST.at, POST.length);
  call.add(PATH, REPORTS.at, REPORTS.length);
  call.add(AUTHORITY, TRAINER.at, TRAINER.length);
  call.add(CONTENT_TYPE, JSON_TYPE.at, JSON_TYPE.length);
  const pairs = call.end();
  const cluster = config.reportCluster;
  count(Counter.Reports);
  encodeWindows(kept.clear(), now);
  forget();
  const status = proxy_http_call(
    cluster.at,
    cluster.length,
    pairs.at,
    pairs.length,
    body.at,
    body.length,
    0,
    0,
    TIMEOUT_MS,
    tokenCell,
  );
  token = load<u32>(tokenCell);
  sentAt = now;
  sentBy = changetype<usize>(config);
  isPending = status == OK;
  if (!isPending) failed();
}

/** The report did not arrive: its counts go into the next one. */
function failed(): void {
  isPending = false;
  count(Counter.ReportFailures);
}

/** Adds the counts of a report that failed to what was counted since. */
export function mergeKept(now: f64): void {
  if (isPending) return;
  if (kept.length <= MAX_KEPT) merge(kept.at, kept.length, now, head.records, false);
  if (head.records.length > MAX_KEPT) head.records.clear();
  kept.clear();
}

/**
 * The root context of a configuration ends, and Envoy cancels its calls: a report that waits gets no answer. It was sent,
 * so it counts as arrived: telling the trainer twice would be worse than, at times, not at all.
 */
export function abandonReport(config: Config): void {
  if (!isPending || sentBy != changetype<usize>(config)) return;
  isPending = false;
  kept.clear();
}

/** Takes the answer to a report; false when the token is none of ours. */
export function onReportAnswer(config: Config, answered: u32, bodyBytes: i32): bool {
  if (!isPending || answered != token) return false;
  answerHeaders.read(Headers.HttpCallResponse);
  if (answerHeaders.status != 200) {
    failed();
    return true;
  }
  isPending = false;
  kept.clear();
  const fits = bodyBytes > 0 && bodyBytes <= MAX_ANSWER;
  if (fits && getBuffer(Buffer.HttpCallResponseBody, bodyBytes, value)) takeAnswer(value, nowMs(), config);
  else count(Counter.BadAnswers);
  return true;
}

/** Node id and a random suffix that all workers of the process share. */
function identify(): void {
  if (getProperty(NODE_ID, value) || getProperty(NODE_ID_OLD, value)) {
    head.proxy.bytes(value.at, min(value.length, 200));
  } else {
    head.proxy.str('envoy');
  }
  head.proxy.byte(0x7e);
  if (!getShared(ID_KEY.at, ID_KEY.length, value)) {
    store<u64>(idCell, randomBits());
    setShared(ID_KEY.at, ID_KEY.length, idCell, 8, 0);
    value.set(idCell, 8);
  }
  head.proxy.hex(value.at, min(value.length, 8));
}
const idCell: usize = memory.data(8, 8);

/** A number that grows by one a report over all leaders of the process. */
function nextSeq(): u32 {
  for (let attempt = 0; attempt < 8; attempt++) {
    const last = getShared(SEQ_KEY.at, SEQ_KEY.length, value) && value.length == 4 ? load<u32>(value.at) : 0;
    const cas = casOfRead;
    store<u32>(idCell, last + 1);
    if (setShared(SEQ_KEY.at, SEQ_KEY.length, idCell, 4, cas)) return last + 1;
  }
  return head.seq + 1;
}
