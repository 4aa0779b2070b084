// Reports as sidecars would send them of a simulated mesh, one a second from each proxy: figures that the simulator has are
// taken from it, others follow from its requests. Exact to the step of 5 ms in which a decision falls. What differs from
// sidecars: requests belong to proxies at random, and `work` of a server's word is its requests.
import { expandEndpoints } from '../../../../trainer/environment/capacity.js';
import type { SimulatorPolicy } from '../../../../trainer/environment/policies.js';
import { createRandom } from '../../../../trainer/environment/random.js';
import type { Fault, Scenario } from '../../../../trainer/environment/schema.js';
import type { Served } from '../../../../trainer/environment/served.js';
import { loadSimulator } from '../../../../trainer/environment/simulator-file.js';
import { Simulator } from '../../../../trainer/environment/simulator.js';
import { CONTEXT, FEATURES } from '../../../../trainer/actor/model.js';
import { joinPods } from '../../../../trainer/telemetry/pods/join-pods.js';
import type { PodSource } from '../../../../trainer/telemetry/pods/pod-source.js';
import { reportSchema, type Report } from '../../../../trainer/telemetry/report.js';
import { binOf } from '../../../../trainer/telemetry/sketch.js';

export interface SimulatedReportsOptions {
  readonly seed?: number;
  readonly served?: Served;
  /** Servers say their utilisation. */
  readonly withCpu?: boolean;
  /** Servers say anything. */
  readonly withServer?: boolean;
  /** The metrics API tells the cpu of their pods: so much of the time in which a slot is busy. */
  readonly podCpu?: number;
}

const STEP_MS = 5;
const SECOND = 1000;
const SAMPLES = 64;
/** As plugin/core/server-meter.ts and plugin/simulator/utilisation.ts. */
const TIME_TAU_MS = 3000;
const RATE_TAU_MS = 1000;
const CPU_TAU_MS = 1000;
/** As metrics-server and kubelet: what is measured every 15 s is told some seconds later. */
const POD_WINDOW_MS = 15_000;
const POD_LAG_MS = 5000;
/** `Ending` of plugin/simulator/job.ts. */
const ENDINGS = { answered: 0, failed: 1, overflow: 2, unreachable: 3, broken: 4, timeout: 5 } as const;

interface Request {
  readonly startMs: number;
  readonly endpoint: number;
  readonly proxy: number;
  readonly endMs: number;
  readonly ending: number;
  readonly sample: object | undefined;
}

export const addressOf = (endpoint: number): string => `10.1.0.${endpoint}:80`;

/** The reports by second, those of all proxies: `at` is when they arrive, ms. */
export function simulatedReports(
  scenario: Scenario,
  policy: SimulatorPolicy,
  seconds: number,
  options: SimulatedReportsOptions = {},
): { at: number; reports: Report[] }[] {
  const { withServer = true } = options;
  const { requests, cpu } = simulate(scenario, policy, seconds, options);
  const endpoints = cpu.length;
  const pods = options.podCpu === undefined ? undefined : podsOf(cpu, options.podCpu);
  const meters = withServer
    ? serverWords(requests, endpoints, scenario.networkMs, cpu, options.withCpu ?? true)
    : [];
  const ends = requests.toSorted((a, b) => a.endMs - b.endMs);
  const starts = requests.toSorted((a, b) => a.startMs - b.startMs);
  const flying = Array.from({ length: scenario.proxies }, () => new Array<number>(endpoints).fill(0));
  const heard = Array.from({ length: scenario.proxies }, () =>
    new Array<Word | undefined>(endpoints).fill(undefined),
  );
  let [s, e] = [0, 0];
  return Array.from({ length: seconds }, (_, second) => {
    const at = (second + 1) * SECOND;
    const counts = flying.map(() => ({
      requests: 0,
      samples: [] as object[],
      endpoints: Array.from({ length: endpoints }, () => ({
        chosen: 0,
        served: 0,
        errors: { connect: 0, timeout: 0, http5xx: 0 },
        bins: new Map<number, number>(),
      })),
    }));
    for (; s < starts.length && starts[s]!.startMs <= at; s++) {
      const { proxy, endpoint } = starts[s]!;
      counts[proxy]!.requests += 1;
      counts[proxy]!.endpoints[endpoint]!.chosen += 1;
      flying[proxy]![endpoint]! += 1;
    }
    for (; e < ends.length && ends[e]!.endMs <= at; e++) {
      const { proxy, endpoint, startMs, endMs, ending, sample } = ends[e]!;
      const own = counts[proxy]!.endpoints[endpoint]!;
      flying[proxy]![endpoint]! -= 1;
      heard[proxy]![endpoint] = meters[endpoint]?.get(ends[e]!) ?? heard[proxy]![endpoint];
      // What Envoy itself answers, when a client gives up, the filter does not count.
      if (ending === ENDINGS.timeout) continue;
      if (ending === ENDINGS.unreachable) {
        own.errors.connect += 1;
        continue;
      }
      own.served += 1;
      if (ending === ENDINGS.answered) {
        const bin = binOf(endMs - startMs);
        own.bins.set(bin, (own.bins.get(bin) ?? 0) + 1);
      } else own.errors.http5xx += 1;
      if (sample !== undefined && counts[proxy]!.samples.length < SAMPLES)
        counts[proxy]!.samples.push(sample);
    }
    const present = Array.from({ length: endpoints }, (_, i) => isPresent(scenario.faults, i, at / SECOND));
    const reports = counts.map((count, proxy) =>
      reportSchema.parse({
        version: 1,
        proxy: `sidecar~10.0.0.${proxy}~1`,
        seq: second + 1,
        intervalMs: SECOND,
        policy,
        mode: 'act',
        workers: Array.from({ length: scenario.workersPerProxy }, (_, i) => ({ id: `${proxy}-${i}` })),
        clusters: [
          {
            name: 'api',
            requests: count.requests,
            endpoints: count.endpoints.flatMap(({ chosen, served, errors, bins }, i) =>
              present[i]! || served > 0
                ? [
                    {
                      address: addressOf(i),
                      requests: served,
                      ...{ chosen, served, errors },
                      latency: [...bins].sort(([a], [b]) => a - b),
                      inFlight: Math.max(0, flying[proxy]![i]!),
                      ...spoken(heard[proxy]![i], at),
                    },
                  ]
                : [],
            ),
          },
        ],
        samples: count.samples,
      }),
    );
    if (pods !== undefined) for (const report of reports) joinPods(report, pods, at);
    return { at, reports };
  });
}

function podsOf(cpu: readonly (readonly number[])[], ofBusy: number): PodSource {
  const of = (ip: string, now: number) => {
    const at = Math.floor((now - POD_LAG_MS) / POD_WINDOW_MS) * POD_WINDOW_MS;
    if (at <= 0) return undefined;
    const steps = cpu[Number(ip.split('.')[3])]!.slice((at - POD_WINDOW_MS) / STEP_MS, at / STEP_MS);
    const value = (ofBusy * steps.reduce((sum, share) => sum + share, 0)) / steps.length;
    return { pod: ip, cpu: { value, isOfLimits: true }, at, until: Infinity, windowMs: POD_WINDOW_MS };
  };
  return { of, pods: () => cpu.length, ageMs: () => 0, close: () => undefined };
}

function isPresent(faults: readonly Fault[], endpoint: number, seconds: number): boolean {
  return faults.every((fault) => {
    if (!('endpoint' in fault) || fault.endpoint !== endpoint) return true;
    if (fault.kind === 'add') return seconds >= fault.atSeconds;
    return fault.kind !== 'remove' || seconds < fault.atSeconds;
  });
}

/** Every request of a run, and the utilisation of each endpoint by step. */
function simulate(
  scenario: Scenario,
  policy: SimulatorPolicy,
  seconds: number,
  { seed = scenario.seed, served }: SimulatedReportsOptions,
) {
  const endpoints = expandEndpoints(scenario.services[0]!);
  const record = { share: 1, decisions: 4096, rows: 4096 * endpoints.length };
  const endless = { ...scenario, requests: 10_000_000, warmup: 0 };
  const simulator = new Simulator(loadSimulator(), endless, { policy, ...served, seed, record });
  const random = createRandom(seed).fork('proxies');
  const open = new Map<
    number,
    { startMs: number; endpoint: number; proxy: number; sample: object | undefined }
  >();
  const requests: Request[] = [];
  const cpu = endpoints.map(() => [] as number[]);
  const busy = endpoints.map(() => 0);
  // Outcomes are told once their effect on others is over: beyond the end for the last ones.
  for (let ms = STEP_MS; ms <= (seconds + 10) * SECOND; ms += STEP_MS) {
    simulator.advance(ms);
    endpoints.forEach(({ workers }, i) => {
      const area = simulator.serverFigure(0, i, 'busyArea');
      const keep = Math.exp(-STEP_MS / CPU_TAU_MS);
      cpu[i]!.push(keep * (cpu[i]!.at(-1) ?? 0) + (1 - keep) * ((area - busy[i]!) / STEP_MS / workers));
      busy[i] = area;
    });
    const made = simulator.takeDecisions();
    for (let d = 0; d < made.count; d++) {
      const [first, rows] = [made.first[d]!, made.first[d + 1]! - made.first[d]!];
      const startMs = ms - STEP_MS + ((d + 0.5) / made.count) * STEP_MS;
      const here = endpoints.map((_, i) => i).filter((i) => isPresent(scenario.faults, i, startMs / SECOND));
      const row = made.chosen[d]! - first;
      open.set(made.number[d]!, {
        startMs,
        endpoint: here[row] ?? row,
        proxy: random.int(scenario.proxies),
        sample: policy === 'actor' ? sampleOf(made, d, first, rows) : undefined,
      });
    }
    const { count, number, ending, latency } = made.outcomes;
    for (let o = 0; o < count; o++) {
      const decision = open.get(number[o]!)!;
      open.delete(number[o]!);
      const result = { latencyMs: latency[o]!, error: ending[o] !== 0 };
      const sample = decision.sample && { ...decision.sample, ...result };
      requests.push({ ...decision, endMs: decision.startMs + latency[o]!, ending: ending[o]!, sample });
    }
  }
  return { requests, cpu };
}

function sampleOf(
  made: ReturnType<Simulator['takeDecisions']>,
  d: number,
  first: number,
  rows: number,
): object {
  const bytes = (list: Int8Array) =>
    Buffer.from(list.buffer, list.byteOffset, list.length).toString('base64');
  return {
    cluster: 'api',
    endpoints: rows,
    features: bytes(made.features.subarray(first * FEATURES, (first + rows) * FEATURES)),
    context: bytes(made.context.subarray(d * CONTEXT, (d + 1) * CONTEXT)),
    action: made.chosen[d]! - first,
    probability: Math.max(0, made.weight[made.chosen[d]!]!),
    model: '00',
  };
}

interface Word {
  readonly at: number;
  readonly inFlight: number;
  readonly timeMs: number;
  readonly rps: number;
  readonly cpu: number | undefined;
}

/** What each endpoint's server says with each answer. */
function serverWords(
  requests: readonly Request[],
  endpoints: number,
  networkMs: number,
  cpu: readonly (readonly number[])[],
  withCpu: boolean,
): Map<Request, Word>[] {
  return Array.from({ length: endpoints }, (_, endpoint) => {
    const own = requests.filter(
      (request) => request.endpoint === endpoint && request.ending !== ENDINGS.unreachable,
    );
    const arrivals = own.map(({ startMs }) => startMs + networkMs).sort((a, b) => a - b);
    const words = new Map<Request, Word>();
    let [arrived, timeMs, samples, rate, at] = [0, 0, 0, 0, 0];
    own
      .toSorted((a, b) => a.endMs - b.endMs)
      .forEach((request, answered) => {
        const leftMs = request.endMs - networkMs;
        while (arrived < arrivals.length && arrivals[arrived]! <= leftMs) arrived++;
        const keep = Math.min(samples / (samples + 1), Math.exp(-(leftMs - at) / TIME_TAU_MS));
        timeMs = timeMs * keep + (leftMs - request.startMs - networkMs) * (1 - keep);
        rate = rate * Math.exp(-(leftMs - at) / RATE_TAU_MS) + 1000 / RATE_TAU_MS;
        [samples, at] = [samples + 1, leftMs];
        const step = Math.min(cpu[endpoint]!.length - 1, Math.floor(leftMs / STEP_MS));
        words.set(request, {
          at: request.endMs,
          inFlight: Math.max(0, arrived - answered - 1),
          ...{ timeMs, rps: rate },
          cpu: withCpu ? cpu[endpoint]![step] : undefined,
        });
      });
    return words;
  });
}

/** As the filter writes it: three digits, nothing that is zero. */
function spoken(word: Word | undefined, at: number): { server?: object } {
  if (word === undefined) return {};
  const rounded = (value: number | undefined, key: string) => {
    const text = Number((value ?? 0).toFixed(3));
    return text > 0 ? { [key]: text } : {};
  };
  return {
    server: {
      ageMs: Math.round(at - word.at),
      inFlight: word.inFlight,
      work: word.inFlight,
      ...rounded(word.timeMs, 'timeMs'),
      ...rounded(word.rps, 'rps'),
      ...rounded(word.cpu, 'cpu'),
    },
  };
}
