// The state as the network sees it: 24 features an endpoint, 8 of the cluster and the request, int8 in units of 1/32.
// Ratios and logarithms, so that one network serves any fleet, any latency scale and 1 to 256 endpoints.
import { RATE_FAST_MS, RATE_SLOW_MS, SIGNAL_TTL_MS } from './constants';
import { EndpointTable } from './endpoint-table';
import { Lane, MAX_ENDPOINTS } from './lanes';
import { ROUNDING, log2, log2x4, max4, sum4 } from './math';
import { Request } from './policies/policy';

export const FEATURE_SET_VERSION: u16 = 2;
/** FNV-1a 32 of the names in trainer/actor/features.ts (docs/contracts.md); a test compares them. */
export const FEATURE_SET_HASH: u32 = 0x1fcdd82f;
export const FEATURES: i32 = 24;
export const CONTEXT: i32 = 8;
const PAIRS: i32 = FEATURES / 2;

/** Features are in units of 1/32 and saturate at +-127/32. */
const UNIT: f32 = 32;
/** Smaller rates and deviations than this count as none. */
const TINY: f32 = 1e-3;
/**
 * log2(e) / window: what the log2 of a rate loses a ms without an event, and that of a trend, a ratio of two. Without
 * it an endpoint that is left alone would keep the rate of its last request.
 */
const SLOW_LOSS: f32 = 1.442695 / RATE_SLOW_MS;
const TREND_LOSS: f32 = 1.442695 / RATE_FAST_MS - SLOW_LOSS;
/** Longer times without an event saturate these features anyway. */
const MAX_IDLE_MS: f32 = 30000;

/**
 * int16 pairs of features, four endpoints wide, ready for `i32x4.dot_i16x8_s`:
 * pair p of block b (endpoints 4b to 4b+3) is the v128 at (b * PAIRS + p) * 16.
 */
export const featurePairs: usize = memory.data(((MAX_ENDPOINTS / 4) * PAIRS) << 4, 16);
/** The context as 8 int16. */
export const contextVector: usize = memory.data(16, 16);

/** round(32 v) clamped to -127..127, in the low 16 bits of int32 lanes. */
function quantise(v: v128): v128 {
  const scaled = f32x4.mul(v, f32x4.splat(UNIT));
  const clamped = f32x4.pmax(f32x4.splat(-127), f32x4.pmin(f32x4.splat(127), scaled));
  return f32x4.add(clamped, f32x4.splat(ROUNDING));
}

function storePair(block: usize, a: v128, b: v128): void {
  const low = v128.and(quantise(a), i32x4.splat(0xffff));
  v128.store(block, v128.or(low, i32x4.shl(quantise(b), 16)));
}

/** log2(1 + v) / 2 of the four at `at`: counts from 0 to some 250. */
function count4(at: usize): v128 {
  return f32x4.mul(log2x4(f32x4.add(v128.load(at), f32x4.splat(1))), f32x4.splat(0.5));
}

/** log2(1 + age / latency) / 4, the age cut to the life of a signal: 0 = now. */
function age4(age: v128, inverseLatency: v128): v128 {
  const cut = f32x4.max(f32x4.splat(0), f32x4.min(age, f32x4.splat(SIGNAL_TTL_MS * 64)));
  return f32x4.mul(log2x4(f32x4.add(f32x4.mul(cut, inverseLatency), f32x4.splat(1))), f32x4.splat(0.25));
}

function scale4(v: v128, factor: f32): v128 {
  return f32x4.mul(v, f32x4.splat(factor));
}

/** log2(v + tiny) - log of the four at `at`. */
function ratio4(at: usize, log: v128): v128 {
  return f32x4.sub(log2x4(f32x4.add(v128.load(at), f32x4.splat(TINY))), log);
}

/** Writes the features of every slot of the table; the `Base` lane holds the scores of `ewma-full` already. */
export function writeFeatures(table: EndpointTable, at: f32, bestBase: f32): void {
  const now = f32x4.splat(at);
  const mean = f32x4.splat(table.meanLatency());
  const inverse = f32x4.splat(1 / table.meanLatency());
  const best = f32x4.splat(bestBase);
  const serverMean = f32x4.splat(log2(table.serverTime + TINY));
  const meanRate = f32x4.splat(
    log2(table.rateSlow / (max(table.count, 1) as f32) + TINY) -
      min(at - table.startedAt, MAX_IDLE_MS) * SLOW_LOSS,
  );
  const ttl = f32x4.splat(SIGNAL_TTL_MS);
  const zero = f32x4.splat(0);
  const longest = f32x4.splat(MAX_IDLE_MS);
  const stride = table.capacity << 2;
  let block = featurePairs;
  for (let o = table.lanes, end = o + (table.size << 2); o < end; o += 16, block += PAIRS << 4) {
    const measured = v128.load(o + Lane.Latency * stride);
    const hasLatency = f32x4.gt(measured, zero);
    const latency = v128.bitselect(measured, mean, hasLatency);
    const logLatency = log2x4(f32x4.add(latency, f32x4.splat(TINY)));
    const serverAge = f32x4.sub(now, v128.load(o + Lane.ServerAt * stride));
    const fresh = f32x4.lt(serverAge, ttl);
    const serverTime = v128.load(o + Lane.ServerTime * stride);
    const hasTime = v128.and(fresh, f32x4.gt(serverTime, zero));
    const rateSlow = v128.load(o + Lane.RateSlow * stride);
    const logRate = ratio4(o + Lane.RateSlow * stride, zero);
    const idle = f32x4.pmin(longest, f32x4.sub(now, v128.load(o + Lane.StartedAt * stride)));
    const trend = f32x4.sub(ratio4(o + Lane.RateFast * stride, logRate), scale4(idle, TREND_LOSS));
    const fleet = v128.load(o + Lane.FleetLatency * stride);
    storePair(block, count4(o + Lane.Requests * stride), count4(o + Lane.Work * stride));
    storePair(block + 16, count4(o + Lane.SiblingRequests * stride), count4(o + Lane.SiblingWork * stride));
    storePair(
      block + 32,
      count4(o + Lane.FleetRequests * stride),
      v128.and(f32x4.gt(fleet, zero), log2x4(f32x4.mul(fleet, inverse))),
    );
    storePair(block + 48, log2x4(f32x4.mul(latency, inverse)), count4(o + Lane.Samples * stride));
    storePair(
      block + 64,
      v128.and(hasLatency, ratio4(o + Lane.Deviation * stride, logLatency)),
      v128.and(hasLatency, ratio4(o + Lane.Peak * stride, logLatency)),
    );
    storePair(
      block + 80,
      age4(f32x4.sub(now, v128.load(o + Lane.LatencyAt * stride)), inverse),
      v128.and(fresh, count4(o + Lane.ServerRequests * stride)),
    );
    storePair(
      block + 96,
      v128.and(fresh, count4(o + Lane.ServerWork * stride)),
      v128.and(hasTime, ratio4(o + Lane.ServerTime * stride, serverMean)),
    );
    storePair(
      block + 112,
      v128.and(hasTime, ratio4(o + Lane.ServerLatency * stride, serverMean)),
      v128.and(fresh, count4(o + Lane.SentSince * stride)),
    );
    storePair(
      block + 128,
      age4(serverAge, inverse),
      v128.and(fresh, scale4(v128.load(o + Lane.Cpu * stride), 2)),
    );
    storePair(
      block + 144,
      v128.and(fresh, scale4(v128.load(o + Lane.Memory * stride), 2)),
      scale4(v128.load(o + Lane.ErrorRate * stride), 4),
    );
    storePair(
      block + 160,
      f32x4.sub(f32x4.sub(logRate, scale4(idle, SLOW_LOSS)), meanRate),
      v128.and(f32x4.gt(rateSlow, zero), trend),
    );
    storePair(
      block + 176,
      scale4(v128.load(o + Lane.Affinity * stride), 2),
      f32x4.sub(v128.load(o + Lane.Base * stride), best),
    );
  }
}

/** Writes the context: the cluster as a whole and the request. */
export function writeContext(table: EndpointTable, request: Request, at: f32): void {
  let sums = f32x4.splat(0);
  let most = f32x4.splat(-Infinity);
  let least = most;
  const present = table.lane(Lane.Present);
  const own = table.lane(Lane.Requests);
  const siblings = table.lane(Lane.SiblingRequests);
  const fleet = table.lane(Lane.FleetRequests);
  for (let o = 0, end = table.size << 2; o < end; o += 16) {
    const usable = f32x4.gt(v128.load(present + o), f32x4.splat(0));
    const local = f32x4.add(v128.load(own + o), v128.load(siblings + o));
    const inFlight = f32x4.add(local, v128.load(fleet + o));
    sums = f32x4.add(sums, v128.and(inFlight, usable));
    most = f32x4.pmax(most, v128.bitselect(inFlight, most, usable));
    least = f32x4.pmax(least, v128.bitselect(f32x4.neg(inFlight), least, usable));
  }
  const total = sum4(sums);
  const spread = max4(most) + max4(least);
  const idle = min<f32>(at - table.startedAt, MAX_IDLE_MS);
  const count = max(table.count, 1) as f32;
  context(0, 0.5 * log2(count));
  context(1, 0.5 * log2(max<f32>(table.proxies, 1)));
  context(2, 0.5 * log2(1 + total / count));
  context(
    3,
    log2((table.rateFast + TINY) / (table.rateSlow + TINY)) - (table.rateSlow > 0 ? idle * TREND_LOSS : 0),
  );
  context(4, log2(request.work));
  context(
    5,
    f32x4.extract_lane(age4(f32x4.splat(at - table.fleetAt), f32x4.splat(1 / table.meanLatency())), 0),
  );
  context(6, 0.5 * log2(1 + spread));
  context(7, table.latency > 0 ? log2((table.deviation + TINY) / (table.latency + TINY)) : 0);
}

function context(index: i32, value: f32): void {
  const scaled = nearest<f32>(value * UNIT);
  store<i16>(contextVector + (index << 1), min<f32>(127, max<f32>(-127, scaled)) as i16);
}

/** Copies the features of slot `endpoint` as int8 to `out` (FEATURES bytes): what a decision record keeps. */
export function copyFeatures(endpoint: i32, out: usize): void {
  const block = featurePairs + (((endpoint >> 2) * PAIRS) << 4);
  for (let feature = 0; feature < FEATURES; feature++) {
    const at = block + ((feature >> 1) << 4) + ((endpoint & 3) << 2) + ((feature & 1) << 1);
    store<i8>(out + feature, load<i16>(at) as i8);
  }
}

/** Copies the context as int8 to `out` (8 bytes). */
export function copyContext(out: usize): void {
  for (let i = 0; i < CONTEXT; i++) store<i8>(out + i, load<i16>(contextVector + (i << 1)) as i8);
}
