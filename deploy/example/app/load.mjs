// Open-loop load for the example: requests come when they come, however long the answers take, and a latency counts from
// the moment at which its request was due. A line a second, at the end one line of JSON.
//
//   TARGET   http://productpage:9080
//   RPS      150, mean of a Poisson process
//   SECONDS  60
//   HEAVY    0.1, share of the requests that go to /heavy
//   SEED     1; the same seed has the same requests at the same times
import { setTimeout as pause } from 'node:timers/promises';

const TIMEOUT_MS = 10_000;

function refuse(line) {
  process.stderr.write(`${line}\n`);
  process.exit(2);
}

function number(variable, fallback, low, high) {
  const text = process.env[variable] ?? String(fallback);
  const value = Number(text);
  if (text.trim() !== '' && value >= low && value <= high) return value;
  return refuse(`${variable}: expected a number from ${low} to ${high}, got ${JSON.stringify(text)}`);
}

const target = process.env.TARGET ?? 'http://productpage:9080';
if (!/^https?:\/\//.test(target) || !URL.canParse(target))
  refuse(`TARGET: expected a URL like http://host:port, got ${JSON.stringify(target)}`);
const rps = number('RPS', 150, 0.1, 10_000);
const seconds = number('SECONDS', 60, 1, 86_400);
const heavy = number('HEAVY', 0.1, 0, 1);
let state = number('SEED', 1, 0, 2 ** 32 - 1);

/** Mulberry32: 0 to below 1. */
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let bits = Math.imul(state ^ (state >>> 15), state | 1);
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
  return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
}

let second = { latencies: [], errors: 0 };
const all = { latencies: [], errors: 0 };

async function request(path, dueAt) {
  let ok = false;
  try {
    const answer = await fetch(new URL(path, target), { signal: AbortSignal.timeout(TIMEOUT_MS) });
    await answer.arrayBuffer();
    ok = answer.ok;
  } catch {
    // Counted below.
  }
  for (const period of [second, all]) {
    if (ok) period.latencies.push(performance.now() - dueAt);
    else period.errors++;
  }
}

/** The nearest rank; null where nothing was answered. */
function quantile(sorted, share) {
  return sorted.length === 0 ? null : Number(sorted[Math.ceil(share * sorted.length) - 1].toFixed(1));
}

function summary({ latencies, errors }) {
  const sorted = latencies.toSorted((a, b) => a - b);
  const answered = sorted.length;
  return { answered, errors, p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99) };
}

const begunAt = performance.now();
let line = 0;
const ticker = setInterval(() => {
  const { answered, errors, p50Ms, p99Ms } = summary(second);
  second = { latencies: [], errors: 0 };
  process.stdout.write(
    `${++line} s  ${answered} answers  p50 ${p50Ms} ms  p99 ${p99Ms} ms  ${errors} errors\n`,
  );
}, 1000);

const pending = new Set();
for (let dueMs = 0; ;) {
  dueMs += (-Math.log(1 - random()) / rps) * 1000;
  const path = random() < heavy ? '/heavy' : '/';
  if (dueMs >= seconds * 1000) break;
  const wait = begunAt + dueMs - performance.now();
  if (wait > 1) await pause(wait);
  const sent = request(path, begunAt + dueMs).finally(() => pending.delete(sent));
  pending.add(sent);
}
await Promise.all(pending);
clearInterval(ticker);
const { latencies } = all;
const meanMs = latencies.reduce((sum, ms) => sum + ms, 0) / latencies.length;
process.stdout.write(`${JSON.stringify({ target, rps, seconds, meanMs, ...summary(all) })}\n`);
