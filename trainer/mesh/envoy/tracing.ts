// How a sidecar traces: one span a call at the caller, one at the callee, sent to the trainer by OTLP over HTTP.
import type { SidecarSpec } from '../engine.js';
import { ENDPOINT_HEADER } from './balancing.js';
import { TRAINER_CLUSTER } from './clusters.js';
import { typed, type Json } from './json.js';
import { isOlder } from './version.js';

/** Traces are whole a second after their last span, and a busy sidecar sends hundreds of spans at a time. */
const RUNTIME: Json = {
  'tracing.opentelemetry.flush_interval_ms': 500,
  'tracing.opentelemetry.min_flush_spans': 200,
};

/** `value`, a format string, is new in 1.37; before, a tag cannot read what the filter says. */
const FORMATTED_TAGS = [1, 37] as const;

/** Of the http connection manager; nothing where the sidecar does not trace. */
export function tracing({ id, tracing: how }: SidecarSpec, version: string): Json {
  if (how === undefined) return {};
  const provider = typed('envoy.config.trace.v3.OpenTelemetryConfig', {
    service_name: how.service,
    http_service: {
      http_uri: { uri: `http://${TRAINER_CLUSTER}/v1/traces`, cluster: TRAINER_CLUSTER, timeout: '1s' },
    },
    resource_detectors: [
      {
        name: 'envoy.tracers.opentelemetry.resource_detectors.static_config',
        typed_config: typed(
          'envoy.extensions.tracers.opentelemetry.resource_detectors.v3.StaticConfigResourceDetectorConfig',
          { attributes: { 'service.instance.id': id } },
        ),
      },
    ],
  });
  return {
    tracing: {
      random_sampling: { value: 100 * how.sampledShare },
      custom_tags: customTags(version),
      provider: { name: 'envoy.tracers.opentelemetry', typed_config: provider },
    },
  };
}

/** What the filter says of a request, and who served it; a tag without a value is left out. */
function customTags(version: string): Json[] {
  // The list alone, without the model.
  if (isOlder(version, FORMATTED_TAGS))
    return [{ tag: 'weir.decision', request_header: { name: ENDPOINT_HEADER } }];
  return [
    { tag: 'weir.decision', value: '%FILTER_STATE(wasm.weir.decision:PLAIN)%' },
    { tag: 'weir.user', value: '%FILTER_STATE(wasm.weir.user:PLAIN)%' },
    // Of the last try. Envoy itself has it only in spans of each try, of which there would be one more a call.
    { tag: 'upstream_address', value: '%UPSTREAM_HOST%' },
  ];
}

/** Which way the listener's calls go: Envoy makes client's spans of those that leave, and server's of those that come. */
export const direction = (spec: SidecarSpec, of: 'INBOUND' | 'OUTBOUND'): Json =>
  spec.tracing === undefined ? {} : { traffic_direction: of };

export const tracingRuntime = (spec: SidecarSpec): Json =>
  spec.tracing === undefined
    ? {}
    : { layered_runtime: { layers: [{ name: 'tracing', static_layer: RUNTIME }] } };
