// The services of a scenario: the entry as the blueprint has it, the inner ones sized for what reaches them.
import { expandEndpoints, lowestCapacityShare, meanServiceMs } from '../capacity.js';
import type { Random } from '../random.js';
import type { Fault, ServiceTime } from '../schema.js';
import type { Blueprint } from './blueprint.js';
import { chance, floorTo, measure, pick, stepped, whole } from './draw.js';
import { drawFaults } from './faults.js';
import { completed, evenFleet, slotsOf, unevenFleet } from './fleet.js';
import { sizeInner, type GraphNode } from './graph.js';
import { MOST_UTILISATION, RANGES, type Range } from './ranges.js';
import { usualRates, type Size } from './run-length.js';
import type { EndpointGroup, RequestClass, ServiceFile } from './scenario-file.js';
import { drawClasses, drawServiceTime } from './service-times.js';

export interface DrawnService {
  readonly file: ServiceFile;
  /** Times as shares of the run. */
  readonly faults: readonly Fault[];
  readonly utilisation: number;
  /** The same of the capacity that its faults leave at the worst moment. */
  readonly strain: number;
}

export interface Setting {
  readonly blueprint: Blueprint;
  readonly size: Size;
  readonly hasClasses: boolean;
  /** The service that faults are of. */
  readonly troubled: string | undefined;
}

export function drawEntry(random: Random, node: GraphNode, setting: Setting): DrawnService {
  const { blueprint, size, hasClasses } = setting;
  const endpoints = drawFleet(random.fork('fleet'), blueprint, size.endpoints);
  const faults = drawTrouble(random.fork('faults'), node, endpoints, setting);
  const utilisation = drawUtilisation(random.fork('load'), blueprint.utilisation, endpoints, faults);
  const classes = hasClasses ? drawClasses(random.fork('classes'), blueprint.spread) : [];
  const slots = slotsOf(endpoints) * utilisation;
  const meanMs = drawMeanMs(random.fork('mean'), blueprint, slots, longestMs(endpoints, classes));
  const serviceTime = drawTime(random.fork('time'), blueprint, meanMs, hasClasses);
  const strain = utilisation / capacityLeft(endpoints, faults);
  return { file: file(node, endpoints, serviceTime, classes), faults, utilisation, strain };
}

/** @param rate requests a second that reach it */
export function drawInner(random: Random, node: GraphNode, rate: number, setting: Setting): DrawnService {
  const isTroubled = setting.troubled === node.name;
  const load = isTroubled ? RANGES.troubledUtilisation : RANGES.innerUtilisation;
  const target = stepped(random.fork('load'), load, 0.05);
  const { endpoints, meanMs } = sizeInner(random.fork('fleet'), rate, target);
  const faults = drawTrouble(random.fork('faults'), node, endpoints, setting);
  const hasClasses = setting.hasClasses && chance(random.fork('has-classes'), 0.5);
  const classes = hasClasses ? drawClasses(random.fork('classes'), setting.blueprint.spread) : [];
  const serviceTime = drawTime(random.fork('time'), setting.blueprint, meanMs, hasClasses);
  const utilisation = (rate * meanServiceMs(serviceTime)) / 1000 / slotsOf(endpoints);
  const strain = utilisation / capacityLeft(endpoints, faults);
  return { file: file(node, endpoints, serviceTime, classes), faults, utilisation, strain };
}

const file = (
  { name, calls }: GraphNode,
  endpoints: readonly EndpointGroup[],
  serviceTime: ServiceTime,
  classes: readonly RequestClass[],
): ServiceFile => ({
  name,
  endpoints,
  serviceTime,
  ...(classes.length > 0 ? { classes } : {}),
  ...(calls.length > 0 ? { calls } : {}),
});

function drawFleet(random: Random, { fleet, speed, workers }: Blueprint, size: number): EndpointGroup[] {
  const isEven = fleet === 'even' || (fleet === 'any' && chance(random, 0.3));
  return isEven ? evenFleet(random, size, workers) : unevenFleet(random, size, { speed, workers });
}

function drawTrouble(
  random: Random,
  { name }: GraphNode,
  endpoints: readonly EndpointGroup[],
  { blueprint, troubled }: Setting,
): Fault[] {
  if (troubled !== name) return [];
  return drawFaults(random, name, endpoints, blueprint.faults, whole(random, blueprint.faultCount));
}

const capacityLeft = (endpoints: readonly EndpointGroup[], faults: readonly Fault[]): number =>
  lowestCapacityShare(expandEndpoints({ endpoints: completed(endpoints) }), faults);

/** As the blueprint has it, but no more than what faults leave. */
function drawUtilisation(
  random: Random,
  [low, high]: Range,
  endpoints: readonly EndpointGroup[],
  faults: readonly Fault[],
): number {
  if (faults.length === 0) return stepped(random, [low, high], 0.05);
  const most = Math.min(high, floorTo(MOST_UTILISATION * capacityLeft(endpoints, faults), 0.05));
  return stepped(random, [Math.min(low, most), most], 0.05);
}

/** Ms that a job may take on average, so that even a long one of the heaviest class on the slowest slot is done in 10 s. */
function longestMs(endpoints: readonly EndpointGroup[], classes: readonly RequestClass[]): number {
  const slowest = Math.min(...endpoints.map(({ speed }) => speed));
  return (1250 * slowest) / Math.max(1, ...classes.map(({ factor }) => factor));
}

/** The usual rates come before what a long job may take: they decide how long a run lasts. */
function drawMeanMs(random: Random, blueprint: Blueprint, slots: number, longest: number): number {
  const [slowest, fastest] = usualRates(blueprint);
  const [low, high] = blueprint.meanMs;
  const least = Math.min(high, Math.max(low, (slots * 1000) / fastest));
  const most = Math.max(low, Math.min(high, longest, (slots * 1000) / slowest));
  return measure(random, [least, Math.max(least, most)]);
}

function drawTime(random: Random, { serviceTimes, tail }: Blueprint, meanMs: number, hasClasses: boolean) {
  return drawServiceTime(random, pick(random, serviceTimes), meanMs, { tail, hasClasses });
}
