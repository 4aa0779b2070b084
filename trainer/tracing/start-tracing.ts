// Begins the trainer's own tracing, as the standard variables of OpenTelemetry say (OTEL_EXPORTER_OTLP_ENDPOINT,
// OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER, ..), or to where spans of the mesh are passed on.
import type { Logger } from 'pino';

export interface TracingOptions {
  /** Says whether to trace; the SDK reads the rest from that of the process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Option `traces.forward`: where spans go to without an endpoint in the environment. */
  readonly forward: string | undefined;
  readonly log: Logger;
}

export interface Tracing {
  /** Sends what is left, for two seconds at most. */
  close(): Promise<void>;
}

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];

/** Undefined where nothing is configured to send spans to, or tracing is turned off; then no SDK is loaded. */
export async function startTracing({
  environment,
  forward,
  log,
}: TracingOptions): Promise<Tracing | undefined> {
  const isOff =
    environment['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' ||
    environment['OTEL_TRACES_EXPORTER'] === 'none';
  const hasEndpoint = ENDPOINTS.some((name) => (environment[name] ?? '') !== '');
  if (isOff || (!hasEndpoint && forward === undefined)) return undefined;
  const { exportSpans } = await import('./sdk.js');
  return exportSpans(hasEndpoint ? undefined : forward, log);
}
