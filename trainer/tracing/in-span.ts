// The trainer's own work as spans of OpenTelemetry. Without `startTracing` the API does nothing, and costs nothing.
import {
  SpanKind,
  SpanStatusCode,
  context,
  propagation,
  trace,
  type Attributes,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { VERSION } from '../server/version.js';

/** Asked for anew each time: whoever asks may be there before the SDK is. */
export const tracer = (): Tracer => trace.getTracer('weir-trainer', VERSION);

/** What `act` does, and what it calls, is within the span; what it throws is recorded and thrown on. */
export async function inSpan<T>(
  name: string,
  attributes: Attributes,
  act: (span: Span) => Promise<T>,
  kind = SpanKind.INTERNAL,
): Promise<T> {
  const span = tracer().startSpan(name, { attributes, kind });
  try {
    return await context.with(trace.setSpan(context.active(), span), () => act(span));
  } catch (error) {
    recordError(span, error);
    throw error;
  } finally {
    span.end();
  }
}

export function recordError(span: Span, error: unknown): void {
  const failure = error instanceof Error ? error : new Error(String(error));
  span.recordException(failure);
  span.setAttribute('error.type', failure.name);
  span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
}

/** Headers that carry the span of now to whoever is asked: `traceparent` (W3C Trace Context). */
export function traceHeaders(): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}
