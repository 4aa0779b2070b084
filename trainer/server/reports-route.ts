// POST /v1/reports.
import express, { type RequestHandler } from 'express';
import type { z } from 'zod';
import { renderAnswer } from '../telemetry/answer.js';
import type { Fleet } from '../telemetry/fleet.js';
import { reportSchema, type Report } from '../telemetry/report.js';
import { Problem, type FieldError } from './problem.js';

export const MAX_REPORT_BYTES = 1024 * 1024;
/** A body full of errors is not answered with a larger one. */
const MAX_LISTED_ERRORS = 100;

export interface ReportsRoute {
  readonly fleet: Fleet;
  readonly now: () => number;
  readonly onReport?: (report: Report, now: number) => void;
}

export function reportsRoute({ fleet, now, onReport }: ReportsRoute): RequestHandler[] {
  return [
    requireJson,
    express.json({ limit: MAX_REPORT_BYTES }),
    (request, response) => {
      const parsed = reportSchema.safeParse(request.body);
      if (!parsed.success) throw invalid(parsed.error);
      const at = now();
      const verdict = fleet.accept(parsed.data, at);
      if (verdict === 'accepted') onReport?.(parsed.data, at);
      response.type('application/json').send(renderAnswer(fleet.answer(parsed.data, at)));
    },
  ];
}

const requireJson: RequestHandler = (request, _response, next) => {
  // null: no body at all, which the schema reports.
  if (request.is('application/json') === false) throw new Problem(415, 'a report is application/json');
  next();
};

function invalid(error: z.ZodError): Problem {
  const errors: FieldError[] = error.issues
    .slice(0, MAX_LISTED_ERRORS)
    .map(({ path, message }) => ({ path: path.map(String).join('.'), message }));
  const count = error.issues.length;
  const more = count > errors.length ? `, the first ${errors.length} listed` : '';
  return new Problem(400, `not a report: ${count} ${count === 1 ? 'error' : 'errors'}${more}`, { errors });
}
