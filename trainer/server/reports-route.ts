// POST /v1/reports.
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Fleet } from '../telemetry/fleet.js';
import type { Metrics } from '../telemetry/metrics.js';
import { reportSchema, type Report } from '../telemetry/report.js';
import { Problem } from './problem.js';
import type { Route } from './route.js';
import { json } from './schemas.js';
import { validate } from './validate.js';

export const MAX_REPORT_BYTES = 1024 * 1024;

/** Gets every report that is new, after the fleet took it in. */
export type ReportListener = (report: Report, now: number) => void;

export interface ReportsRoute {
  readonly fleet: Fleet;
  /** Time in ms of any monotone clock. */
  readonly now: () => number;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly onReport: readonly ReportListener[];
}

const answer = z
  .object({
    nextMs: z.number(),
    proxies: z.int(),
    clusters: z.array(
      z.object({
        name: z.string(),
        ageMs: z.number(),
        endpoints: z.array(
          z.object({
            address: z.string(),
            weight: z.number(),
            inFlight: z.number(),
            rps: z.number(),
            errorRate: z.number(),
            latencyMs: z.number().optional(),
            cpu: z.number().optional(),
            memory: z.number().optional(),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'Answer', description: 'Endpoint table and fleet view (docs/contracts.md)' });

export function reportsRoutes(options: ReportsRoute): Route[] {
  return [
    {
      method: 'post',
      path: '/v1/reports',
      kind: 'report',
      operation: {
        operationId: 'report',
        summary: "A sidecar's report of its last interval",
        requestBody: { required: true, content: json(reportSchema) },
        responses: { 200: { description: 'What the fleet knows', content: json(answer) } },
      },
      handlers: [requireJson, express.json({ limit: MAX_REPORT_BYTES }), take(options)],
    },
  ];
}

function take({ fleet, now, log, metrics, onReport }: ReportsRoute): RequestHandler {
  return (request, response) => {
    const at = now();
    const report = validate(reportSchema, request.body, 'a report');
    const verdict = fleet.accept(report, at);
    if (verdict === 'accepted') for (const listener of onReport) tell(listener, report, at, log);
    // `send` would work out what is known already.
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.end(fleet.answer(report, at));
    metrics.report(verdict, (now() - at) / 1000);
  };
}

/** Whoever listens must not cost the sidecar its answer. */
function tell(listener: ReportListener, report: Report, at: number, log: Logger): void {
  try {
    listener(report, at);
  } catch (error) {
    log.error({ err: error }, 'a listener of reports failed');
  }
}

/** Counts what was refused before or by the schema, and leaves the answer to the next one. */
export function countRefused(metrics: Metrics): ErrorRequestHandler {
  return (error: unknown, request, _response, next) => {
    if (request.path === '/v1/reports') metrics.report('refused');
    next(error);
  };
}

const requireJson: RequestHandler = (request, _response, next) => {
  // null: no body at all, which the schema reports.
  if (request.is('application/json') === false) throw new Problem(415, 'a report is application/json');
  next();
};
