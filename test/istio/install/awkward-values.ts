// What YAML, JSON and Go's templates each read in a way of their own, beside the values that every renderer is tried on.
const url = 'oci://registry.example/weir/plugin:0.1.0';
const catalog = { name: 'catalog', port: 80 };

export const AWKWARD_VALUES: Readonly<Record<string, object>> = {
  'names that are numbers to YAML, and a service that two name': {
    namespace: '1e3',
    plugin: { url, imagePullSecret: 'null' },
    mesh: [
      { namespace: 'shop', selector: { app: 'true' }, services: [{ ...catalog, namespace: '0x10' }] },
      { namespace: '1234', selector: {}, services: [{ ...catalog, namespace: '0x10', subsets: ['1'] }] },
    ],
    token: { existingSecret: 'yes' },
    persistence: { enabled: true, size: '10', storageClass: 'off' },
    image: { tag: '1.10' },
  },
  'numbers that Go would write with an exponent': {
    plugin: {
      url,
      priority: 1_000_000,
      config: { report: { intervalMs: 60_000 }, weights: { min: 0.000_01 } },
    },
    mesh: [{ namespace: 'shop', services: [catalog] }],
    config: { gate: { requests: 21_000_000 }, traces: { keepSpans: 10_000_000 } },
    tolerations: [{ key: 'batch', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 3_600_000 }],
    telemetry: { enabled: true, samplingPercent: 0.000_1 },
  },
  'text that Go would escape': {
    config: {
      traces: { forward: `http://jaeger:4318/v1/traces?a=<b>&c='d'`, allow: ['{{ .Values }}', 'é "\\'] },
    },
    plugin: { url: 'https://files.example/plugin.wasm?a=1&b="2"', config: { classes: { by: 'header:x-é' } } },
    mesh: [{ namespace: 'shop', services: [catalog] }],
  },
  'no sampling, and labels over those that all have': {
    telemetry: { enabled: true, samplingPercent: 0 },
    serviceMonitor: { enabled: true, labels: { 'app.kubernetes.io/part-of': 'metrics', release: 'a' } },
    networkPolicy: { from: [{ podSelector: {} }, { ipBlock: { cidr: '10.0.0.0/8' } }] },
    plugin: { url },
    mesh: [{ namespace: 'istio-system' }, { namespace: 'shop', services: [catalog] }],
  },
  'empty where it may be': {
    ...{ config: { learning: {} }, nodeSelector: {}, tolerations: [], affinity: {}, resources: {} },
    ...{ networkPolicy: { from: [] }, plugin: { config: {} }, mesh: [] },
    podDisruptionBudget: {},
  },
};
