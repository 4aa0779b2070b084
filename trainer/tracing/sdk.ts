// OpenTelemetry's SDK, set up for the trainer: OTLP over HTTP in protobuf, batches, W3C Trace Context.
import { DiagLogLevel, context, diag, propagation, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-node';
import type { Logger } from 'pino';
import { VERSION } from '../server/version.js';
import type { Tracing } from './start-tracing.js';

const CLOSE_MS = 2000;

/** @param url absent = as the environment says */
export function exportSpans(url: string | undefined, log: Logger): Tracing {
  const said = (level: 'error' | 'warn') => (message: string) => log[level]({ part: 'tracing' }, message);
  const quiet = () => undefined;
  diag.setLogger(
    { error: said('error'), warn: said('warn'), info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  return useProcessor(new BatchSpanProcessor(new OTLPTraceExporter(url === undefined ? {} : { url })));
}

/** Makes it what the API stands for in this process. */
export function useProcessor(processor: SpanProcessor): Tracing {
  const own = resourceFromAttributes({ 'service.name': 'weir-trainer', 'service.version': VERSION });
  const detected = detectResources({ detectors: [serviceInstanceIdDetector, envDetector] });
  const provider = new NodeTracerProvider({
    resource: defaultResource().merge(own).merge(detected),
    spanProcessors: [processor],
  });
  provider.register();
  return {
    async close() {
      let late: NodeJS.Timeout | undefined;
      const inTime = new Promise<void>((resolve) => (late = setTimeout(resolve, CLOSE_MS)));
      // What cannot be sent any more is no reason to fail on the way out; the exporter has said so.
      await Promise.race([provider.shutdown().catch(() => undefined), inTime]);
      clearTimeout(late);
      for (const api of [trace, context, propagation, diag]) api.disable();
    },
  };
}
