// POST /v1/reports: the one route that is asked thousands of times a second, so its handler is plain node:http. The app
// has it like any other; `app.ts` calls it without the way through express, which takes as long as all the rest.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Fleet } from '../telemetry/fleet.js';
import type { Metrics } from '../telemetry/metrics.js';
import { isWholeReport, ofThisFeatureSet, reportSchema, type Report } from '../telemetry/report.js';
import { readJson } from './body.js';
import { RateLimit } from './rate-limit.js';
import { Problem, asProblem, writeProblem } from './problem.js';
import type { Route } from './route.js';
import { json } from './schemas.js';
import { validate } from './validate.js';

export const REPORTS_PATH = '/v1/reports';
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
  /** Adds to every report what its sidecar does not know, before anyone else sees it. */
  readonly complete?: ReportListener;
  /** Reports a second from one address. */
  readonly maxPerSecond: number;
}

export type PlainHandler = (request: IncomingMessage, response: ServerResponse) => void;

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

export function reportsRoutes(take: PlainHandler): Route[] {
  return [
    {
      method: 'post',
      path: REPORTS_PATH,
      kind: 'report',
      operation: {
        operationId: 'report',
        summary: "A sidecar's report of its last interval",
        requestBody: { required: true, content: json(reportSchema) },
        responses: { 200: { description: 'What the fleet knows', content: json(answer) } },
      },
      handlers: [
        (request, response) => {
          take(request, response);
        },
      ],
    },
  ];
}

export function reportsHandler(options: ReportsRoute): PlainHandler {
  const { now, log, metrics, maxPerSecond } = options;
  const limit = new RateLimit(maxPerSecond);
  const refuse = (response: ServerResponse, error: unknown) => {
    metrics.report('refused');
    const problem = asProblem(error);
    if (problem.status >= 500) log.error({ err: error, path: REPORTS_PATH }, 'request failed');
    writeProblem(response, problem);
  };
  return (request, response) => {
    if (!limit.allows(request.socket.remoteAddress ?? '', now())) {
      response.setHeader('retry-after', '1');
      request.resume();
      refuse(response, new Problem(429, `more than ${maxPerSecond} reports a second from one address`));
      return;
    }
    readJson(request, MAX_REPORT_BYTES, (problem, body) => {
      try {
        if (problem !== undefined) throw problem;
        const text = take(options, body);
        response.setHeader('content-type', 'application/json; charset=utf-8');
        response.end(text);
      } catch (error) {
        refuse(response, error);
      }
    });
  };
}

/** @returns the answer as JSON */
function take({ fleet, now, log, metrics, onReport, complete }: ReportsRoute, body: unknown): string {
  const at = now();
  const report = ofThisFeatureSet(isWholeReport(body) ? body : validate(reportSchema, body, 'a report'));
  if (complete !== undefined) tell(complete, report, at, log);
  const verdict = fleet.accept(report, at);
  if (verdict === 'accepted') for (const listener of onReport) tell(listener, report, at, log);
  const text = fleet.answer(report, at);
  metrics.report(verdict, (now() - at) / 1000);
  return text;
}

/** Whoever listens must not cost the sidecar its answer. */
function tell(listener: ReportListener, report: Report, at: number, log: Logger): void {
  try {
    listener(report, at);
  } catch (error) {
    log.error({ err: error }, 'a listener of reports failed');
  }
}
