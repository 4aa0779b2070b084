// The express app: the routes, and what stands before and behind all of them.
import express, { type Express, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { RequestListener } from 'node:http';
import {
  REPORTS_PATH,
  reportsHandler,
  reportsRoutes,
  type PlainHandler,
  type ReportsRoute,
} from './reports-route.js';
import type { EventStreams } from './event-stream.js';
import { eventsRoutes } from './events-route.js';
import { graphRoutes, tracesRoutes } from './graph-routes.js';
import { guardsOf, requestIds, type Limits } from './guards.js';
import { healthRoutes } from './health-routes.js';
import { historyRoutes, trainingRoutes } from './history-routes.js';
import { liveRoutes } from './live-route.js';
import { metricsRoutes } from './metrics-route.js';
import { modelsRoutes } from './models-routes.js';
import { openApiRoutes } from './openapi.js';
import type { PageFiles } from './page-files.js';
import { pageRoutes } from './page-route.js';
import { Problem, notFound, problemHandler, requestId } from './problem.js';
import { rolloutRoutes, twinRoutes } from './rollout-routes.js';
import { mount, type Route } from './route.js';
import type { Services } from './services.js';
import { statusRoutes } from './status-route.js';
import { TRACES_PATH, ingestHandler, ingestRoutes } from './traces-route.js';

export interface AppOptions extends Omit<ReportsRoute, 'maxPerSecond'> {
  readonly version: string;
  readonly limits: Limits;
  /** Without one, changes are refused. */
  readonly token?: string;
  /** Names in the host header that reads and changes are served under; absent = any. */
  readonly hosts?: readonly string[];
  readonly services: Services;
  /** The built page. */
  readonly page: PageFiles;
  readonly streams: EventStreams;
  /** Unix time in ms. */
  readonly wallNow: () => number;
  /** Prefix of the ids of requests; tells the processes of one log apart. */
  readonly requestPrefix: string;
  /** False while the server shuts down. */
  readonly isReady: () => boolean;
}

/** What comes from machines, many times a second, has a way past express: that takes as long as all the rest. */
export interface Direct {
  readonly reports: PlainHandler;
  /** Absent where spans are not taken. */
  readonly spans?: PlainHandler;
}

export function createListener(options: AppOptions): RequestListener {
  const maxPerSecond = options.limits.report;
  const { traces } = options.services;
  const direct: Direct = {
    reports: reportsHandler({ ...options, maxPerSecond }),
    ...(traces && { spans: ingestHandler({ ...options, traces, reader: traces.reader, maxPerSecond }) }),
  };
  const app = createApp(options, direct);
  const byPath = new Map([
    [REPORTS_PATH, direct.reports],
    [TRACES_PATH, direct.spans],
  ]);
  return (request, response) => {
    const handler = request.method === 'POST' ? byPath.get(request.url ?? '') : undefined;
    if (handler === undefined) app(request, response);
    else handler(request, response);
  };
}

export function createApp(options: AppOptions, direct: Direct): Express {
  const app = express();
  app.disable('etag');
  app.disable('x-powered-by');
  app.use(requestIds(options.requestPrefix));
  const guards = guardsOf(options.limits, options.token, options.hosts);
  const routes = routesOf(options, direct);
  mount(app, routes, { ...guards, change: [...guards.change, logChange(options.log)] });
  for (const [path, part] of absentParts(options)) app.use(path, ...guards.read, absent(part));
  app.use(...guards.read, notFound);
  app.use(problemHandler(options.log));
  return app;
}

/** All routes of the app: nothing is served that is not in this list. */
function routesOf(options: AppOptions, { reports, spans }: Direct): Route[] {
  const { models, rollout, twin, graph, traces, events, history, training } = options.services;
  const routes = [
    ...pageRoutes(options.page),
    ...healthRoutes(options.isReady),
    ...reportsRoutes(reports),
    ...statusRoutes(options),
    ...metricsRoutes(options.metrics),
    ...(models === undefined ? [] : modelsRoutes(models)),
    ...(rollout === undefined ? [] : rolloutRoutes(rollout)),
    ...(twin === undefined ? [] : twinRoutes(twin)),
    ...(events === undefined ? [] : eventsRoutes(options.streams, events)),
    ...(graph === undefined ? [] : graphRoutes(graph)),
    ...(traces === undefined ? [] : tracesRoutes(traces)),
    ...(spans === undefined ? [] : ingestRoutes(spans)),
    ...(history === undefined ? [] : historyRoutes(history)),
    ...(history === undefined ? [] : liveRoutes({ ...options, history, events, graph })),
    ...(training === undefined ? [] : trainingRoutes(training)),
  ];
  return [...routes, ...openApiRoutes(routes, options.version)];
}

function absentParts({ services }: AppOptions): [path: string, part: string][] {
  const parts: [string, string, unknown][] = [
    ['/v1/models', 'a model registry', services.models],
    ['/v1/rollback', 'a model registry', services.models],
    ['/v1/rollout', 'rollouts', services.rollout],
    ['/v1/twin', 'a twin', services.twin],
    ['/v1/events', 'a log of events', services.events],
    ['/v1/graph', 'a graph of services', services.graph],
    ['/v1/traces', 'traces', services.traces],
    ['/v1/history', 'a history', services.history],
    ['/v1/live', 'a history', services.history],
    ['/v1/training', 'learning', services.training],
  ];
  return parts.filter(([, , service]) => service === undefined).map(([path, part]) => [path, part]);
}

function absent(part: string): RequestHandler {
  return (request) => {
    throw new Problem(
      404,
      `nothing at ${request.originalUrl}: this trainer runs without ${part} (weir serve has one)`,
    );
  };
}

/** Who changed what is worth a line; what was sent with it, such as the token, is not. */
function logChange(log: Logger): RequestHandler {
  return (request, response, next) => {
    response.on('finish', () => {
      const { method, path, socket } = request;
      const line = { method, path, from: socket.remoteAddress, status: response.statusCode };
      log.info({ ...line, requestId: requestId(response) }, 'change');
    });
    next();
  };
}
