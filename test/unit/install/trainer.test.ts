import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readServeOptions } from '../../../trainer/service/options.js';
import { nameOf, only, pluginConfig, rendered } from './render.js';
import { MONITORED, VALUE_SETS } from './value-sets.js';

/** As `weir serve --config` reads it. */
function served(values: object): ReturnType<typeof readServeOptions> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-install-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'weir.yaml');
  writeFileSync(file, only(values, 'ConfigMap').data!['weir.yaml']!);
  return readServeOptions(file);
}

const names = (values: object) => rendered(values).map(nameOf);
const rulesOf = (values: object, kind: string) =>
  rendered(values)
    .filter((one) => one.kind === kind)
    .map((one) => [nameOf(one), (one as unknown as { rules: object }).rules]);
const leases = { apiGroups: ['coordination.k8s.io'], resources: ['leases'] };
const LEASE = [
  { ...leases, resourceNames: ['weir-trainer'], verbs: ['get', 'update'] },
  { ...leases, verbs: ['create'] },
];
const podOf = (values: object) =>
  only(values, 'Deployment').spec?.['template'] as { metadata: object; spec: { containers: object[] } };

describe('the configuration of the trainer', () => {
  it.each(Object.entries(VALUE_SETS))('is one that weir serve takes: %s', (_, values) => {
    expect(
      served(values).publish.every((target) => 'onConflict' in target && target.onConflict === 'take-models'),
    ).toBe(true);
  });

  it('publishes what was installed, to every filter of role client', () => {
    const values = VALUE_SETS['workloads by label, subsets, grpc, another namespace']!;
    const { plugin, publish } = served(values);
    expect(publish).toMatchObject(['shop', 'stock'].map((namespace) => ({ namespace, name: 'weir-client' })));
    for (const { metadata, ...rest } of rendered(values))
      if (metadata.name === 'weir-client') expect(pluginConfig({ metadata, ...rest })).toMatchObject(plugin);
    expect(plugin).not.toHaveProperty('model');
  });

  it('has the Lease that its rights are for, of a single trainer too', () => {
    expect(served({}).leader.kubernetes).toMatchObject({ namespace: 'weir-system', name: 'weir-trainer' });
    const { leader } = served(VALUE_SETS['a volume of one node, and nothing around it']!);
    expect(leader.kubernetes?.namespace).toBe('balancing');
  });

  it('has what the operator says', () => {
    expect(served(VALUE_SETS['a volume of one node, and nothing around it']!)).toMatchObject({
      ...{ learning: { enabled: false, cpuShare: 0.5, minutes: 5 }, keepModels: 9, publish: [] },
    });
  });

  it('restarts the pods where it changes', () => {
    const annotations = [{}, { config: { keepModels: 9 } }, {}].map((values) => podOf(values).metadata);
    expect(annotations[0]).toEqual(annotations[2]);
    expect(annotations[0]).not.toEqual(annotations[1]);
  });
});

describe('the trainer', () => {
  it('is all that the defaults install', () => {
    const kinds = [
      'ServiceAccount',
      'ConfigMap',
      'Service',
      'Deployment',
      'NetworkPolicy',
      'Role',
      'RoleBinding',
    ];
    expect(names({})).toEqual(kinds.map((kind) => `${kind} weir-system/weir-trainer`));
  });

  it('runs with the least that it needs', () => {
    expect(podOf({}).spec).toMatchObject({
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          image: 'registry.example/weir/trainer:1.2.3',
          securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
          livenessProbe: { httpGet: { path: '/healthz' } },
          readinessProbe: { httpGet: { path: '/readyz' } },
        },
      ],
    });
  });

  it('may hold its Lease, read and patch the filters that it publishes to, tell what became of it, and nothing else', () => {
    const own = (resource: string, ...verbs: string[]) => ({
      ...{ apiGroups: ['extensions.istio.io'], resources: [resource] },
      ...{ resourceNames: ['weir-client'], verbs },
    });
    const rules = (resource: string) => [
      own(resource, 'get', 'patch'),
      own(`${resource}/status`, 'patch'),
      { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create'] },
    ];
    const ofLease = ['Role weir-system/weir-trainer', LEASE];
    expect(rulesOf(VALUE_SETS['one service']!, 'Role')).toEqual([
      ofLease,
      ['Role shop/weir-trainer', rules('wasmplugins')],
    ]);
    expect(rulesOf(VALUE_SETS['TrafficExtension, and what the filter is told']!, 'Role')).toEqual([
      ofLease,
      ['Role shop/weir-trainer', rules('trafficextensions')],
    ]);
    for (const set of ['defaults', 'a namespace without services'])
      expect(rulesOf(VALUE_SETS[set]!, 'Role')).toEqual([ofLease]);
    // One Role a namespace.
    expect(rulesOf(VALUE_SETS['a filter where the trainer is']!, 'Role')).toEqual([
      ['Role weir-system/weir-trainer', [...LEASE, ...rules('wasmplugins')]],
    ]);
  });

  it('may see EndpointSlices where its configuration says so', () => {
    const rule = { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] };
    const everywhere = VALUE_SETS['traces, and endpoints of all namespaces']!;
    expect(rulesOf(everywhere, 'ClusterRole')).toEqual([['ClusterRole weir-trainer', [rule]]]);
    const apart = VALUE_SETS['a filter for all of the mesh, endpoints of one namespace']!;
    expect(rulesOf(apart, 'Role')).toContainEqual(['Role shop/weir-trainer', [rule]]);
    const within = VALUE_SETS['endpoints of a namespace that has the filter']!;
    const others = [expect.anything(), expect.anything(), expect.anything()];
    expect(rulesOf(within, 'Role').slice(1)).toEqual([['Role shop/weir-trainer', [...others, rule]]]);
  });

  it('may list pods and their metrics where its configuration says so', () => {
    const rule = { apiGroups: ['', 'metrics.k8s.io'], resources: ['pods'], verbs: ['list'] };
    const some = VALUE_SETS['cpu and memory of pods of some namespaces']!;
    const others = [expect.anything(), expect.anything(), expect.anything()];
    expect(rulesOf(some, 'Role')).toContainEqual(['Role shop/weir-trainer', [...others, rule]]);
    expect(rulesOf(some, 'Role')).toContainEqual(['Role stock/weir-trainer', [rule]]);
    expect(JSON.stringify(rulesOf(some, 'Role')).split('metrics.k8s.io')).toHaveLength(3);
    expect(rulesOf(some, 'ClusterRole')).toEqual([]);
    const all = VALUE_SETS['endpoints, cpu and memory of all namespaces']!;
    const slices = expect.objectContaining({ resources: ['endpointslices'] }) as object;
    expect(rulesOf(all, 'ClusterRole')).toEqual([['ClusterRole weir-trainer', [slices, rule]]]);
  });

  it('is handed over to a new pod while the old one runs, but for a volume of one node', () => {
    const strategy = (set: string) => only(VALUE_SETS[set]!, 'Deployment').spec?.['strategy'];
    expect(strategy('defaults')).toMatchObject({
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 0 },
    });
    expect(strategy('three trainers on one volume')).toMatchObject({ type: 'RollingUpdate' });
    expect(strategy('a volume of one node, and nothing around it')).toEqual({ type: 'Recreate' });
  });

  it('has a budget for disruptions where there are several', () => {
    expect(names(VALUE_SETS['three trainers on one volume']!)).toContain(
      'PodDisruptionBudget weir-system/weir-trainer',
    );
    expect(names({}).some((name) => name.startsWith('PodDisruptionBudget'))).toBe(false);
  });

  it('is reached from the namespaces of the mesh alone', () => {
    const from = (set: string) => only(VALUE_SETS[set]!, 'NetworkPolicy').spec?.['ingress'];
    const named = {
      matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['shop'] }],
    };
    expect(from('one service')).toMatchObject([
      { from: [{ namespaceSelector: named }, { podSelector: {} }] },
    ]);
    expect(from('defaults')).toMatchObject([{ from: [{ podSelector: {} }] }]);
    expect(from('a filter for all of the mesh, endpoints of one namespace')).toMatchObject([
      {
        from: [
          { namespaceSelector: {} },
          { podSelector: {} },
          { namespaceSelector: { matchLabels: { team: 'sre' } } },
        ],
      },
    ]);
  });

  it('is found by an operator of Prometheus where that is wanted', () => {
    const service = only({}, 'Service');
    const { metadata, spec } = only(MONITORED, 'ServiceMonitor');
    expect(metadata).toMatchObject({ labels: { release: 'prometheus' } });
    expect(service.metadata).toMatchObject({
      labels: (spec?.['selector'] as { matchLabels: object }).matchLabels,
    });
  });
});

describe('tracing', () => {
  it('is switched on for the namespaces of the mesh, with what the filter decided as tags', () => {
    const all = rendered(VALUE_SETS['traces, and endpoints of all namespaces']!);
    const telemetry = all.filter(({ kind }) => kind === 'Telemetry');
    expect(telemetry.map(nameOf)).toEqual(['Telemetry shop/weir', 'Telemetry stock/weir']);
    expect(telemetry[0]!.spec).toMatchObject({
      tracing: [
        {
          ...{ providers: [{ name: 'otel' }], randomSamplingPercentage: 0.7 },
          customTags: {
            'weir.decision': { formatter: { value: '%FILTER_STATE(wasm.weir.decision:PLAIN)%' } },
          },
        },
      ],
    });
  });

  it('tells the filter to say what it decided, and the trainer which share is traced', () => {
    const values = VALUE_SETS['traces, and endpoints of all namespaces']!;
    const { plugin, traces } = served(values);
    expect(plugin).toMatchObject({ tracing: {} });
    expect(traces).toMatchObject({ sampledShare: 0.007, jaeger: 'http://jaeger:16686' });
    expect(served({ ...values, config: { traces: { sampledShare: 0.5 } } }).traces.sampledShare).toBe(0.5);
    expect(served({}).traces.sampledShare).toBe(1);
  });
});
