// Errors as RFC 9457 problem details.
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { ModelError } from '../actor/model.js';
import { Refused } from './services.js';

export interface FieldError {
  /** Path of the field, `clusters.0.name`; empty for the body itself. */
  readonly path: string;
  readonly message: string;
}

interface Extensions {
  readonly errors?: readonly FieldError[];
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    detail: string,
    readonly extensions: Extensions = {},
  ) {
    super(detail);
  }
}

/** The body of a problem; its type is `about:blank`, since the status says it all. */
export function problemBody(status: number, detail: string, extensions: Extensions = {}): string {
  return JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail, ...extensions });
}

export function writeProblem(response: ServerResponse, { status, message, extensions }: Problem): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/problem+json; charset=utf-8');
  response.end(problemBody(status, message, extensions));
}

export const requestId = (response: Response): string => String(response.getHeader('x-request-id'));

export const notFound: RequestHandler = (request, response) => {
  writeProblem(response, new Problem(404, `nothing at ${request.path}`));
};

export function methodNotAllowed(...allowed: readonly string[]): RequestHandler {
  return (request, response) => {
    response.set('allow', allowed.join(', '));
    writeProblem(
      response,
      new Problem(405, `${request.method} is not allowed here, only ${allowed.join(', ')}`),
    );
  };
}

/** The last handler of the app: what was thrown becomes a problem, and only what is our own fault is logged. */
export function problemHandler(log: Logger): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const problem = asProblem(error);
    if (problem.status >= 500)
      log.error(
        { err: error, method: request.method, path: request.path, requestId: requestId(response) },
        'request failed',
      );
    writeProblem(response, problem);
  };
}

const STATUS_OF = { unknown: 404, conflict: 409, invalid: 422 } as const;

/** Express and its body parser throw http-errors: a status below 500 has a message made for the client. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof Refused) return new Problem(STATUS_OF[error.reason], error.message);
  if (error instanceof ModelError) return new Problem(422, `not a model: ${error.message}`);
  const { status, message } = (error ?? {}) as { status?: unknown; message?: unknown };
  const isClients = typeof status === 'number' && status >= 400 && status < 500;
  return isClients
    ? new Problem(status, String(message))
    : new Problem(500, 'the trainer failed; its log says why');
}
