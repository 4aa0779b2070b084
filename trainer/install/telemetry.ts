// Spans of a namespace's sidecars, to the trainer: what the filter decided is on them as tags (docs/tracing.md).
import { metadata } from './labels.js';
import type { Values } from './values.js';

const TAGS = {
  'weir.decision': '%FILTER_STATE(wasm.weir.decision:PLAIN)%',
  'weir.user': '%FILTER_STATE(wasm.weir.user:PLAIN)%',
  upstream_address: '%UPSTREAM_HOST%',
};

export function telemetry({ telemetry: { enabled, provider, samplingPercent }, mesh }: Values): object[] {
  if (!enabled) return [];
  return mesh.map(({ namespace }) => ({
    ...{ apiVersion: 'telemetry.istio.io/v1', kind: 'Telemetry', metadata: metadata('weir', namespace) },
    spec: {
      tracing: [
        {
          providers: [{ name: provider }],
          randomSamplingPercentage: samplingPercent,
          customTags: Object.fromEntries(
            Object.entries(TAGS).map(([tag, value]) => [tag, { formatter: { value } }]),
          ),
        },
      ],
    },
  }));
}
