// From a blueprint to a scenario. Each part draws from a stream of its own, so that a change to one leaves the others as
// they were. The order follows from what needs what: service times need the fleet, a pattern the length of the run.
import { meanServiceMs, visitsPerRequest } from '../capacity.js';
import type { Random } from '../random.js';
import type { Scenario } from '../schema.js';
import type { Blueprint } from './blueprint.js';
import { measure, pick } from './draw.js';
import { inSeconds } from './faults.js';
import { slotsOf } from './fleet.js';
import { GRAPHS, type GraphNode } from './graph.js';
import { drawPattern } from './patterns.js';
import { FLEET_VIEWS_MS, RANGES } from './ranges.js';
import { drawRequests, drawSize } from './run-length.js';
import type { ScenarioFile, ServiceFile } from './scenario-file.js';
import { drawEntry, drawInner, type DrawnService, type Setting } from './services.js';

export function compose(blueprint: Blueprint, name: string, seed: number, random: Random): ScenarioFile {
  const shape = pick(random.fork('shape'), blueprint.graphs);
  const graph: readonly GraphNode[] = GRAPHS[shape](random.fork('calls'));
  const setting: Setting = {
    blueprint,
    size: drawSize(random.fork('size'), blueprint),
    hasClasses: blueprint.classes === 'always' || seed % 2 === 0,
    troubled: blueprint.faults.length === 0 ? undefined : pick(random.fork('troubled'), graph).name,
  };
  const drawn = drawServices(random.fork('services'), graph, setting);
  const [entry] = drawn as [DrawnService];
  const rate = ratePerSecond(entry);
  const { requests, warmup } = drawRequests(random.fork('requests'), blueprint, setting.size, rate);
  const pattern = drawPattern(random.fork('pattern'), pick(random.fork('pattern-kind'), blueprint.patterns), {
    strain: Math.max(...drawn.map((service) => service.strain)),
    seconds: (requests + warmup) / rate,
    burstPeak: blueprint.burstPeak,
  });
  const faults = drawn.flatMap((service) =>
    service.faults.map((fault) => inSeconds(fault, warmup / rate, requests / rate)),
  );
  const limits = entry.utilisation < 1 ? undefined : drawLimits(random.fork('limits'), entry.file);
  return {
    name,
    // Scenarios of the same number but other families do not share their arrivals.
    seed: 1 + random.fork('seed').int(999_999),
    requests,
    warmup,
    proxies: setting.size.proxies,
    workersPerProxy: setting.size.workersPerProxy,
    networkMs: measure(random.fork('network'), blueprint.networkMs),
    ...(limits ? { timeoutMs: limits.timeoutMs } : {}),
    services: drawn.map(({ file }) => (limits ? { ...file, queueLimit: limits.queueLimit } : file)),
    load: { service: entry.file.name, utilisation: entry.utilisation, pattern },
    ...(faults.length > 0 ? { faults } : {}),
    signals: drawSignals(random.fork('signals'), blueprint.signals),
  };
}

function drawServices(random: Random, graph: readonly GraphNode[], setting: Setting): DrawnService[] {
  const [entry, ...inner] = graph as [GraphNode, ...GraphNode[]];
  const drawn = drawEntry(random.fork(entry.name), entry, setting);
  const callers = graph.map(({ name, calls }) => ({
    name,
    calls: calls.map((call) => ({ probability: 1, ...call })),
  }));
  const visits = visitsPerRequest(callers, entry.name);
  const reaching = (name: string) => ratePerSecond(drawn) * visits.get(name)!;
  return [
    drawn,
    ...inner.map((node) => drawInner(random.fork(node.name), node, reaching(node.name), setting)),
  ];
}

const ratePerSecond = ({ file, utilisation }: DrawnService) =>
  (slotsOf(file.endpoints) * utilisation * 1000) / meanServiceMs(file.serviceTime);

/** Under overload every queue is full: what stands in it is done before its client gives up. */
function drawLimits(random: Random, { endpoints, serviceTime }: ServiceFile) {
  const timeoutMs = measure(random, RANGES.overloadTimeoutMs);
  const slowest = Math.min(...endpoints.map(({ speed, workers }) => speed * workers));
  const [least, most] = RANGES.overloadQueue;
  const done = (timeoutMs / 2) * (slowest / meanServiceMs(serviceTime));
  const queueLimit = Math.floor(measure(random, [least, Math.max(least, Math.min(most, done))]));
  return { timeoutMs, queueLimit };
}

function drawSignals(random: Random, kind: Blueprint['signals']): Scenario['signals'] {
  const [never, usual, late] = FLEET_VIEWS_MS;
  if (kind === 'on') return { serverLoad: true, fleetViewMs: usual };
  if (kind === 'off') return { serverLoad: false, fleetViewMs: never };
  if (kind === 'late') return { serverLoad: true, fleetViewMs: late };
  return { serverLoad: random.next() < 0.7, fleetViewMs: pick(random, FLEET_VIEWS_MS) };
}
