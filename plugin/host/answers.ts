// The leader's answers reach the Envoy's other workers through shared data: the body, and a small counter beside it that
// says when it changed.
import { Name, Slice } from './bytes';
import { getShared, setShared } from './calls';
import { applyAnswer } from './answer';
import { Config } from './config';
import { Counter, count } from './metrics';
import { workerId } from './workers';

const BODY = new Name('weir/answer');
const VERSION = new Name('weir/answer-version');
const value = new Slice();
const version: usize = memory.data(8, 8);
let seen: u64 = 0;
let published: u32 = 0;

/** Applies the body of an answer and hands it to the others. */
export function takeAnswer(body: Slice, now: f64, config: Config): void {
  const at = body.at;
  const length = body.length;
  // Applying unescapes in place: the others get the bytes as they came.
  setShared(BODY.at, BODY.length, at, length, 0);
  if (!applyAnswer(body, now, config.classes.max)) {
    count(Counter.BadAnswers);
    return;
  }
  seen = ((workerId as u64) << 32) | (++published as u64);
  store<u64>(version, seen);
  setShared(VERSION.at, VERSION.length, version, 8, 0);
}

/** Applies the leader's last answer when it is new to this worker. */
export function applyShared(now: f64, config: Config): void {
  if (!getShared(VERSION.at, VERSION.length, value) || value.length != 8) return;
  const latest = load<u64>(value.at);
  if (latest == seen) return;
  seen = latest;
  if (getShared(BODY.at, BODY.length, value)) applyAnswer(value, now, config.classes.max);
}
