// One service of the example: works for a while on one of a few slots, asks the services it depends on, and says who
// served and what they said. Plain Node without dependencies, so that a ConfigMap holds all of it.
//
//   NAME        who it says it is, as in reviews-v2
//   PORT        9080
//   CALLS       services to ask, at the same time, after its own work: host:port,host:port
//   MEAN_MS     10, mean of its own work; five times that under /heavy
//   SIGMA       0.5, spread of the work (lognormal); 0 = always the mean
//   WORKERS     2, requests worked on at a time; the others wait in line
//   ERROR_RATE  0, share of the requests that it fails
import { createServer } from 'node:http';
import { hostname, totalmem } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

const HEAVY_FACTOR = 5;
const QUEUE_LIMIT = 1000;
const CALL_TIMEOUT_MS = 10_000;
/** Memory of the utilisation that it reports. */
const AVERAGE_MS = 1000;
/** What keeps calls in the trace of their request. */
const PASSED_ON = ['traceparent', 'tracestate', 'baggage', 'x-request-id'];

function refuse(line) {
  process.stderr.write(`${line}\n`);
  process.exit(2);
}

function number(variable, fallback, low, high, isWhole = false) {
  const text = process.env[variable] ?? String(fallback);
  const value = Number(text);
  const fits = isWhole ? Number.isInteger(value) : Number.isFinite(value);
  if (text.trim() !== '' && fits && value >= low && value <= high) return value;
  const kind = isWhole ? 'whole number' : 'number';
  return refuse(`${variable}: expected a ${kind} from ${low} to ${high}, got ${JSON.stringify(text)}`);
}

const name = process.env.NAME || refuse('NAME: expected the name of the service');
const port = number('PORT', 9080, 0, 65_535, true);
const meanMs = number('MEAN_MS', 10, 0, 60_000);
const sigma = number('SIGMA', 0.5, 0, 3);
const workers = number('WORKERS', 2, 1, 1000, true);
const errorRate = number('ERROR_RATE', 0, 0, 1);
const calls = (process.env.CALLS ?? '').split(',').filter((call) => call !== '');
for (const call of calls)
  if (!/^[a-z0-9.-]+:\d{1,5}$/.test(call))
    refuse(`CALLS: expected host:port,host:port, got ${JSON.stringify(call)}`);

let busy = 0;
const line = [];

/** Resolves when a slot is free and it is this one's turn. */
function slot() {
  if (busy >= workers) return new Promise((resolve) => line.push(resolve));
  track(busy + 1);
  return Promise.resolve();
}

/** The slot goes to the one that waited longest. */
function release() {
  const next = line.shift();
  if (next) next();
  else track(busy - 1);
}

let utilisation = 0;
let trackedAt = performance.now();

/** Averages the share of slots that are taken. */
function track(nowBusy) {
  const now = performance.now();
  const keep = Math.exp((trackedAt - now) / AVERAGE_MS);
  utilisation = keep * utilisation + (1 - keep) * (busy / workers);
  [trackedAt, busy] = [now, nowBusy];
}

/** ORCA in its text form. The work is a wait, so taken slots stand for the cpu; the memory is real. */
function load() {
  track(busy);
  const limit = Math.min(process.constrainedMemory() || Infinity, totalmem());
  const memory = process.memoryUsage.rss() / limit;
  return `TEXT cpu_utilization=${utilisation.toFixed(4)}, mem_utilization=${memory.toFixed(4)}`;
}

/** Time of one piece of work, ms: lognormal, its normal by Box and Muller. */
function drawMs(mean) {
  const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return mean * Math.exp(sigma * normal - sigma ** 2 / 2);
}

/** What a service answers, or why it did not. */
async function ask(address, path, headers) {
  try {
    const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
    const answer = await fetch(`http://${address}${path}`, { headers, signal });
    const body = await answer.text();
    return answer.ok ? JSON.parse(body) : { error: `HTTP ${answer.status}` };
  } catch (error) {
    return { error: error.cause?.code ?? error.name };
  }
}

async function serve(request, response) {
  const path = request.url.split('?', 1)[0];
  if (path === '/healthz') return answer(response, 200, { service: name });
  if (Math.random() < errorRate) return answer(response, 500, { service: name, error: 'as configured' });
  if (line.length >= QUEUE_LIMIT) return answer(response, 503, { service: name, error: 'the line is full' });
  const cameAt = performance.now();
  await slot();
  const waitedMs = Math.round(performance.now() - cameAt);
  const workMs = drawMs(path === '/heavy' ? HEAVY_FACTOR * meanMs : meanMs);
  // Whoever gave up while it waited gets no work done.
  if (!response.destroyed) await pause(workMs);
  release();
  if (response.destroyed) return;
  const headers = Object.fromEntries(
    PASSED_ON.flatMap((header) => (request.headers[header] ? [[header, request.headers[header]]] : [])),
  );
  const said = await Promise.all(calls.map(async (call) => [call, await ask(call, path, headers)]));
  const failed = said.find(([, { error }]) => error !== undefined);
  answer(response, failed ? 502 : 200, {
    ...{ service: name, pod: hostname(), waitedMs, workMs: Math.round(10 * workMs) / 10 },
    ...(failed ? { error: `${failed[0]} failed` } : {}),
    calls: Object.fromEntries(said),
  });
}

function answer(response, status, body) {
  response.writeHead(status, {
    'content-type': 'application/json',
    'endpoint-load-metrics': load(),
    ...(server.listening ? {} : { connection: 'close' }),
  });
  response.end(`${JSON.stringify(body)}\n`);
}

const server = createServer((request, response) => {
  request.resume();
  void serve(request, response);
});
// The sidecar keeps its connections; closing idle ones from this side would race with its next request.
server.keepAliveTimeout = 0;
server.on('error', (error) => refuse(`PORT: ${error.message}`));
server.listen(port, () => process.stdout.write(`${name} listens on ${server.address().port}\n`));
// No more connections; those with a request stay until it is answered.
process.once('SIGTERM', () => server.close(() => process.exit(0)));
