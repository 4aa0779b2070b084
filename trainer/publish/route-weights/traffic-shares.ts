// The share of the traffic that the learned policy gives to each endpoint, as one proxy that sees all of the fleet's
// requests. It is plugin/core that decides (features, network, softmax), through the simulator's binding: what the fleet
// says is replayed into its estimators, then the requests of the next moments are placed one after another.
//
// A single softmax over the present state would send nearly all to whatever is best this instant, and another one in the
// next: a proxy decides anew after each request, when what it sent is in flight. So the requests in flight are followed
// as a fluid: each arrival adds its probabilities, and what is in flight leaves at the pace of the endpoint's latency.
import type { Model } from '../../actor/model.js';
import { encodeModel } from '../../actor/model-file.js';
import type { Core } from '../../environment/core.js';
import type { EndpointEstimate } from './estimates.js';

/** Of the past that is replayed: three times the longest window of the estimators but the errors'. */
const REPLAY_MS = 30_000;
/** Requests replayed an endpoint, on average and at least: the latency average keeps 1/40 a sample. */
const REPLAYED = 64;
const LEAST_REPLAYED = 40;
/** Arrivals followed: some four times as many as are in flight, see `quantum`. */
const ARRIVALS = 256;
/** At most so many arrivals stay in flight for a mean latency; where more do, one stands for several. */
const MOST_IN_FLIGHT = 64;
/** Latency taken for the fluid where nothing answered yet, ms: the filter's default. */
const DEFAULT_LATENCY_MS = 30;

interface Placed {
  readonly index: number;
  readonly rps: number;
  inFlight: number;
  share: number;
  /** How long a request stays, ms. */
  readonly stay: number;
}

/**
 * Shares in the order of `endpoints`, which sum to 1.
 * @param core of no other use meanwhile; what it held is lost
 * @throws {Error} when the core refuses the model
 */
export function trafficShares(
  core: Core,
  model: Model,
  endpoints: readonly EndpointEstimate[],
  now: number,
): number[] {
  const indices = replay(core, model, endpoints, now);
  const placed = endpoints.map((estimate, i) => place(core, indices[i]!, estimate));
  const rps = endpoints.reduce((sum, endpoint) => sum + endpoint.rps, 0);
  const stay = rps > 0 ? placed.reduce((sum, p) => sum + p.rps * p.stay, 0) / rps : DEFAULT_LATENCY_MS;
  // Without traffic: as if one request came a mean latency.
  const perMs = rps > 0 ? rps / 1000 : 1 / stay;
  const quantum = Math.max(1, (perMs * stay) / MOST_IN_FLIGHT);
  const gap = quantum / perMs;
  for (let arrival = 0; arrival < ARRIVALS; arrival++) {
    for (const { index, inFlight } of placed) {
      core.set('Requests', index, inFlight);
      core.set('Work', index, inFlight);
    }
    // The sample drawn is not used, the probabilities are: any bits do.
    core.decide(now, 0, 0);
    for (const endpoint of placed) {
      const probability = core.get('Weight', endpoint.index);
      endpoint.share += probability / ARRIVALS;
      endpoint.inFlight = endpoint.inFlight * Math.exp(-gap / endpoint.stay) + probability * quantum;
    }
  }
  return placed.map(({ share }) => share);
}

/** Fills the core with what the fleet says: endpoints, and requests of the last moments at their rates and latencies. */
function replay(core: Core, model: Model, endpoints: readonly EndpointEstimate[], now: number): number[] {
  const origin = now - REPLAY_MS;
  core.reset(origin);
  core.setBounds();
  core.setEjection();
  core.setRequest();
  const fault = core.loadModel(encodeModel(model));
  if (fault !== 'none') throw new Error(`model ${model.id}: the core refuses it: ${fault}`);
  core.setPolicy('actor');
  const indices = endpoints.map(({ address }) => {
    const index = core.add(address, origin);
    if (index < 0) throw new Error(`endpoint ${address}: no room for it among ${endpoints.length}`);
    return index;
  });
  for (const { endpoint, at, latencyMs } of pastRequests(endpoints, now)) {
    const index = indices[endpoint]!;
    core.start(index, 1, at);
    core.latency(index, latencyMs, at);
    core.finish(index, 1);
  }
  core.setCluster(1, core.cluster('latency'), REPLAY_MS);
  endpoints.forEach(({ errorRate, inFlight, utilisation, ejected }, i) => {
    const index = indices[i]!;
    core.set('ErrorRate', index, errorRate);
    if (utilisation !== undefined) core.serverLoad(index, { requests: inFlight, ...utilisation }, now);
    if (ejected) core.eject(index, now);
  });
  return indices;
}

function place(core: Core, index: number, estimate: EndpointEstimate): Placed {
  const { rps, inFlight } = estimate;
  const latency = core.get('Latency', index) || core.cluster('latency') || DEFAULT_LATENCY_MS;
  // Little's law: what is in flight and does not answer stays for long, whatever those say that did.
  const little = inFlight > 1 ? (1000 * inFlight) / Math.max(rps, 0.001) : 0;
  return { index, rps, inFlight, share: 0, stay: Math.max(latency, little) };
}

interface PastRequest {
  /** Index in the list of endpoints. */
  readonly endpoint: number;
  readonly at: number;
  readonly latencyMs: number;
}

/** In the order of time. An endpoint without traffic has its latencies when it answered last. */
function pastRequests(endpoints: readonly EndpointEstimate[], now: number): PastRequest[] {
  const rps = endpoints.reduce((sum, endpoint) => sum + endpoint.rps, 0);
  const from = now - REPLAY_MS;
  const requests = endpoints.flatMap(({ latency, rps: own }, endpoint) => {
    if (latency === undefined) return [];
    const share = rps > 0 ? own / rps : 0;
    const count = Math.max(LEAST_REPLAYED, Math.round(REPLAYED * endpoints.length * share));
    return Array.from({ length: count }, (_, i) => ({
      endpoint,
      at: share > 0 ? from + ((i + 0.5) / count) * REPLAY_MS : Math.max(from, latency.at),
      latencyMs: quantile(latency, vanDerCorput(i + 1)),
    }));
  });
  return requests.sort((a, b) => a.at - b.at);
}

/** Of the log-logistic distribution with this median and 99th percentile: closed, and as skewed as latencies are. */
function quantile({ medianMs, tail }: { medianMs: number; tail: number }, u: number): number {
  return medianMs * (u / (1 - u)) ** (Math.log(tail) / Math.log(99));
}

/** Spreads over 0 to 1 evenly whatever the number of points (base 2), so that no draw is needed. */
function vanDerCorput(n: number): number {
  let [value, digit] = [0, 0.5];
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    value += (rest % 2) * digit;
    digit /= 2;
  }
  return value;
}
