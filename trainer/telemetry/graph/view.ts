// The graph as it is shown.
import { bottlenecksOf, recentEndpoints } from './bottlenecks.js';
import { errorLocationsOf } from './error-locations.js';
import {
  WINDOW_MS,
  byService,
  endpointFigures,
  figuresOf,
  perCall,
  quantilesOf,
  type Link,
  type Scale,
} from './figures.js';
import type {
  CallEdge,
  GraphView,
  GraphWindow,
  HourFigures,
  ServiceNode,
  ServiceView,
} from './graph-view.js';
import { keyOf, partsOf, type Graph } from './graph.js';
import type { Tally } from './tally.js';

/** Below, requests whose callers were not traced are by mishap: a span of theirs was lost. */
const ENTRY_SHARE = 0.05;

export interface ViewOptions {
  readonly window: GraphWindow;
  /** Unix time in ms. */
  readonly at: number;
  /** Since when calls are counted. */
  readonly since: number;
  readonly sampledShare: number;
  readonly link: Link;
}

export function graphView(graph: Graph, options: ViewOptions): GraphView {
  const { window, at, sampledShare, link } = options;
  const scale = scaleOf(options);
  const services = graph.services.window(window, at);
  const endpoints = byService(graph.endpoints.window(window, at));
  const recent = recentEndpoints(graph, at);
  const failures = graph.failures.window(window, at);
  return {
    ...{ window, at, sampledShare },
    services: serviceNodes(services, scale),
    edges: [...graph.edges.window(window, at)].map(([key, tally]) =>
      edgeOf(graph, key, tally, scale, options),
    ),
    bottlenecks: bottlenecksOf({ graph, at, services, endpoints, recent, link }),
    errors: errorLocationsOf({ graph, at, scale, services, endpoints, failures, link }),
  };
}

export function serviceView(graph: Graph, name: string, options: ViewOptions): ServiceView | undefined {
  const { window, at, link } = options;
  const scale = scaleOf(options);
  const services = graph.services.window(window, at);
  const node = serviceNodes(services, scale).find((service) => service.name === name);
  if (node === undefined) return undefined;
  const edges = [...graph.edges.window(window, at)].map(([key, tally]) =>
    edgeOf(graph, key, tally, scale, options),
  );
  const endpoints = byService(graph.endpoints.window(window, at)).get(name) ?? [];
  const requests = services.get(name)!.sums.requests;
  const paths = [...graph.paths.window(window, at)].flatMap(([key, tally]) => {
    const [service, method = '', path = ''] = partsOf(key);
    return service === name ? [{ method, path, ...figuresOf(tally, scale) }] : [];
  });
  return {
    ...node,
    window,
    endpoints: endpoints.map((e) => endpointFigures(e, graph.instanceOf(e.address), requests, scale)),
    paths: paths.sort((a, b) => b.requests - a.requests),
    callers: edges.filter(({ to }) => to === name),
    callees: edges.filter(({ from }) => from === name),
    hours: hoursOf(graph, name, options),
    exemplars: graph.exemplarsOf('services', name, at).map(link),
  };
}

function scaleOf({ window, at, since, sampledShare }: ViewOptions): Scale {
  const ms = Math.min(WINDOW_MS[window], Math.max(1000, at - since));
  return { seconds: ms / 1000, sampledShare };
}

function serviceNodes(services: ReadonlyMap<string, Tally>, scale: Scale): ServiceNode[] {
  const criticalMs = [...services.values()].reduce((sum, { sums }) => sum + sums.criticalMs, 0);
  return [...services].map(([name, tally]) => ({
    name,
    ...figuresOf(tally, scale),
    selfMs: perCall(tally.sums.selfMs, tally),
    waitingMs: perCall(tally.sums.waitingMs, tally),
    criticalShare: criticalMs === 0 ? 0 : tally.sums.criticalMs / criticalMs,
    isEntry: tally.sums.entries >= ENTRY_SHARE * tally.sums.requests,
  }));
}

function edgeOf(graph: Graph, key: string, tally: Tally, scale: Scale, { at, link }: ViewOptions): CallEdge {
  const [from = '', to = ''] = partsOf(key);
  const { totalMs, betweenMs } = tally.sums;
  return {
    ...{ from, to, ...figuresOf(tally, scale), betweenShare: totalMs === 0 ? 0 : betweenMs / totalMs },
    exemplars: graph.exemplarsOf('edges', keyOf(from, to), at).map(link),
  };
}

function hoursOf(graph: Graph, name: string, { at, sampledShare }: ViewOptions): HourFigures[] {
  return graph.services.hours(name, at).flatMap((tally, hour) => {
    if (tally === undefined) return [];
    const { requests, errors } = tally.sums;
    const { p99Ms } = quantilesOf(tally.total);
    const counts = {
      requests: Math.round(requests / sampledShare),
      errors: Math.round(errors / sampledShare),
    };
    return [{ hour, ...counts, ...(p99Ms === undefined ? {} : { p99Ms }) }];
  });
}
