// A span for what people and pipelines ask of the trainer. Not for what comes by the thousand, reports and spans, and not
// for streams, which stay open for hours.
import { SpanKind, SpanStatusCode, context, propagation, trace } from '@opentelemetry/api';
import type { RequestHandler } from 'express';
import { tracer } from '../tracing/in-span.js';
import type { Route } from './route.js';

const STREAMS = ['/v1/events', '/v1/live'];

/** Stands before everything else of its route, so that what is refused is seen too. */
export function requestSpan({ method, path, kind }: Route): RequestHandler[] {
  const isAsked = (kind === 'read' || kind === 'change') && path.startsWith('/v1/');
  return isAsked && !STREAMS.includes(path) ? [inRequestSpan(`${method.toUpperCase()} ${path}`, path)] : [];
}

function inRequestSpan(name: string, route: string): RequestHandler {
  return (request, response, next) => {
    const caller = propagation.extract(context.active(), request.headers);
    const attributes = {
      'http.request.method': request.method,
      'http.route': route,
      'url.path': request.path,
    };
    const span = tracer().startSpan(name, { kind: SpanKind.SERVER, attributes }, caller);
    response.once('close', () => {
      const { statusCode, writableFinished } = response;
      // A client that goes away is no failure of ours.
      if (writableFinished) span.setAttribute('http.response.status_code', statusCode);
      if (statusCode >= 500) span.setAttribute('error.type', String(statusCode));
      if (statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    context.with(trace.setSpan(caller, span), next);
  };
}
