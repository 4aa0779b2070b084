// Values that between them set everything that changes what an installation consists of.

const url = 'oci://registry.example/weir/plugin:0.1.0';

export const VALUE_SETS: Readonly<Record<string, object>> = {
  defaults: {},
  'one service': { plugin: { url }, mesh: [{ namespace: 'shop', services: [{ name: 'api', port: 8080 }] }] },
  'workloads by label, subsets, grpc, another namespace': {
    plugin: { url, sha256: '0'.repeat(64), imagePullPolicy: 'Always', imagePullSecret: 'registry' },
    mesh: [
      {
        namespace: 'shop',
        selector: { 'weir.dev/balance': 'enabled' },
        services: [
          { name: 'api', port: 8080, subsets: ['v1', 'v2'] },
          { name: 'prices', port: 9000, protocol: 'grpc', namespace: 'stock' },
        ],
      },
      // Its sidecars balance what the others name, and tell their load.
      { namespace: 'stock' },
    ],
  },
  'a namespace without services': { plugin: { url }, mesh: [{ namespace: 'shop' }] },
  'TrafficExtension, and what the filter is told': {
    plugin: {
      ...{
        resource: 'TrafficExtension',
        url: 'https://registry.example/plugin.wasm',
        failStrategy: 'FAIL_OPEN',
      },
      ...{ phase: 'STATS', priority: 10 },
      config: {
        ...{ mode: 'shadow', policy: 'ewma-full', weights: { min: 0.1, max: 4 } },
        ...{ report: { intervalMs: 2000 }, classes: { by: 'header:x-class', max: 8 } },
        ...{ ejection: { consecutiveErrors: 3 }, tracing: { userHeader: 'x-user<&>' } },
      },
    },
    mesh: [{ namespace: 'shop', services: [{ name: 'api', port: 80, protocol: 'http2' }] }],
  },
  'three trainers on one volume': {
    ...{
      replicas: 3,
      persistence: { enabled: true, accessMode: 'ReadWriteMany', storageClass: 'nfs', size: '5Gi' },
    },
    ...{ nodeSelector: { disk: 'fast' }, tolerations: [{ key: 'spot', operator: 'Exists' }] },
    affinity: { nodeAffinity: {} },
    image: {
      repository: 'registry.example/trainer',
      tag: 'edge',
      pullPolicy: 'Always',
      pullSecrets: [{ name: 'r' }],
    },
    resources: { requests: { cpu: '1' }, limits: { memory: null, cpu: 2 } },
    token: { existingSecret: 'weir-token' },
  },
  'a volume of one node, and nothing around it': {
    namespace: 'balancing',
    ...{
      persistence: { enabled: true },
      networkPolicy: { enabled: false },
      podDisruptionBudget: { enabled: false },
    },
    config: { learning: { enabled: false, cpuShare: 0.5 }, gate: { requests: 6_000_000 }, keepModels: 9 },
  },
  'traces, and endpoints of all namespaces': {
    ...{ plugin: { url }, telemetry: { enabled: true, provider: 'otel', samplingPercent: 0.7 } },
    config: {
      traces: { jaeger: 'http://jaeger:16686' },
      endpoints: { kubernetes: { cluster: 'outbound|{port}||{service}.{namespace}.svc.cluster.local' } },
    },
    mesh: [{ namespace: 'shop', services: [{ name: 'api', port: 80 }] }, { namespace: 'stock' }],
  },
  'a filter for all of the mesh, endpoints of one namespace': {
    ...{
      plugin: { url },
      networkPolicy: { from: [{ namespaceSelector: { matchLabels: { team: 'sre' } } }] },
    },
    config: { endpoints: { kubernetes: { namespace: 'shop', cluster: '{service}', labelSelector: 'a=b' } } },
    mesh: [{ namespace: 'istio-system', services: [{ name: 'api', namespace: 'shop', port: 80 }] }],
  },
  'endpoints of a namespace that has the filter': {
    plugin: { url },
    config: { endpoints: { kubernetes: { namespace: 'shop', cluster: '{service}' } } },
    mesh: [{ namespace: 'shop', services: [{ name: 'api', port: 80 }] }],
  },
  'a filter where the trainer is': {
    plugin: { url },
    mesh: [{ namespace: 'weir-system', services: [{ name: 'weir-trainer', port: 7070 }] }],
  },
  'cpu and memory of pods of some namespaces': {
    plugin: { url },
    config: { resources: { kubernetes: { namespaces: ['shop', 'stock', 'shop'], everySeconds: 30 } } },
    mesh: [{ namespace: 'shop', services: [{ name: 'api', port: 80 }] }],
  },
  'endpoints, cpu and memory of all namespaces': {
    plugin: { url },
    config: { endpoints: { kubernetes: { cluster: '{service}' } }, resources: { kubernetes: {} } },
    mesh: [{ namespace: 'shop', services: [{ name: 'api', port: 80 }] }],
  },
  'another namespace, by label where there is a cluster': {
    ...{ namespace: 'balancing', plugin: { url }, optIn: { byLabel: true } },
    mesh: [{ namespace: 'shop', services: [{ name: 'api', port: 80 }] }],
  },
};

/** Of kinds that Istio and Kubernetes do not bring. */
export const MONITORED = { serviceMonitor: { enabled: true, labels: { release: 'prometheus' } } };

/** What is wrong, and what is said of it: field and problem. */
export const BAD_VALUES: readonly (readonly [
  what: string,
  values: object,
  said: readonly [string, RegExp],
])[] = [
  ['an unknown key', { replica: 2 }, ['the file', /replica\b/]],
  ['a wrong type', { replicas: 'two' }, ['replicas', /.+/]],
  ['an unknown key of the trainer', { config: { lerning: {} } }, ['config', /lerning/]],
  [
    'a wrong value of the trainer',
    { config: { learning: { cpuShare: 2 } } },
    ['config.learning.cpuShare', /.+/],
  ],
  ['targets, which follow from the mesh', { config: { publish: [] } }, ['config', /publish/]],
  ['a leader, which is what the rights are for', { config: { leader: {} } }, ['config', /leader/]],
  ['a URL of another kind', { plugin: { url: 'ftp://a' } }, ['plugin.url', /.+/]],
  ['a digest with its name', { plugin: { sha256: 'sha256:0' } }, ['plugin.sha256', /.+/]],
  ['a name that is none', { mesh: [{ namespace: 'Shop' }] }, ['mesh.0.namespace', /.+/]],
  [
    'a service without a port',
    { plugin: { url }, mesh: [{ namespace: 'a', services: [{ name: 'b' }] }] },
    ['mesh.0.services.0.port', /.+/],
  ],
  ['a mesh without a filter', { mesh: [{ namespace: 'a' }] }, ['plugin.url', /is needed where mesh/]],
  ['labels without a filter', { optIn: { byLabel: true } }, ['plugin.url', /is needed where mesh/]],
  [
    'a namespace twice',
    { plugin: { url }, mesh: [{ namespace: 'a' }, { namespace: 'a' }] },
    ['mesh', /names the namespace a twice/],
  ],
  ['two trainers that do not share a volume', { replicas: 2 }, ['replicas', /needs persistence/]],
  [
    'two trainers on a volume of one node',
    { replicas: 2, persistence: { enabled: true } },
    ['replicas', /needs persistence/],
  ],
];
