// The express app: routes and what stands before and behind all of them.
import express, { type Express, type RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { Problem, methodNotAllowed, notFound, problemHandler, sendProblem } from './problem.js';
import { reportsRoute, type ReportsRoute } from './reports-route.js';
import { statusRoute } from './status-route.js';

export interface AppOptions extends ReportsRoute {
  readonly log: Logger;
  readonly version: string;
  /** From one address; every sidecar of a node or a gateway may share one. */
  readonly requestsPerSecond: number;
  /** False while the server shuts down. */
  readonly isReady: () => boolean;
}

export function createApp(options: AppOptions): Express {
  const app = express();
  app.disable('etag');
  app.use(helmet());
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.get('/readyz', (_request, response) => {
    if (!options.isReady()) throw new Problem(503, 'the trainer is shutting down');
    response.json({ status: 'ok' });
  });
  app.use(limiter(options.requestsPerSecond));
  app.post('/v1/reports', reportsRoute(options));
  app.get('/v1/status', statusRoute(options));
  app.all('/v1/reports', methodNotAllowed('POST'));
  app.all(['/v1/status', '/healthz', '/readyz'], methodNotAllowed('GET', 'HEAD'));
  app.use(notFound);
  app.use(problemHandler(options.log));
  return app;
}

function limiter(requestsPerSecond: number): RequestHandler {
  const windowMs = 1000;
  return rateLimit({
    windowMs,
    limit: requestsPerSecond,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // Its checks warn of `x-forwarded-for` without a trusted proxy. Sidecars send that header; it is not believed.
    validate: false,
    handler: (_request, response) => {
      response.set('retry-after', String(windowMs / 1000));
      sendProblem(
        response,
        new Problem(429, `more than ${requestsPerSecond} requests a second from one address`),
      );
    },
  });
}
