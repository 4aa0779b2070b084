// What the trainer may do in the Kubernetes API: read and patch the filters that it publishes to, tell what became of it,
// hold its own Lease, see EndpointSlices and what pods use where its configuration says so, and nothing else.
import { metadata, TRAINER_NAME } from './labels.js';
import { publishedTo } from './trainer-config.js';
import { configSchema, type Values } from './values.js';
import { pluginName } from './wasm-plugin.js';

const GROUP = 'rbac.authorization.k8s.io';
const EVENTS = { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create'] };
const SLICES = { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] };
const LEASES = { apiGroups: ['coordination.k8s.io'], resources: ['leases'] };
/** What is created has no name yet to whom RBAC asks. */
const LEASE = [
  { ...LEASES, resourceNames: [TRAINER_NAME], verbs: ['get', 'update'] },
  { ...LEASES, verbs: ['create'] },
];
const PODS = { apiGroups: ['', 'metrics.k8s.io'], resources: ['pods'], verbs: ['list'] };

export function access(values: Values): object[] {
  const plural = values.plugin.resource === 'WasmPlugin' ? 'wasmplugins' : 'trafficextensions';
  const filter = {
    ...{ apiGroups: ['extensions.istio.io'], resources: [plural] },
    ...{ resourceNames: [pluginName('client')], verbs: ['get', 'patch'] },
  };
  const publish = [filter, { ...filter, resources: [`${plural}/status`], verbs: ['patch'] }, EVENTS];
  const published = publishedTo(values);
  const { endpoints, resources } = configSchema.parse(values.config);
  // undefined = all of the cluster
  const watched = new Set(endpoints.kubernetes && [endpoints.kubernetes.namespace]);
  const measured = new Set<string | undefined>(
    resources.kubernetes && (resources.kubernetes.namespaces ?? [undefined]),
  );
  // One Role a namespace, since all have the same name.
  const namespaces = new Set([values.namespace, ...published, ...watched, ...measured]);
  return [...namespaces].flatMap((namespace) =>
    grant(values, namespace, [
      ...(namespace === values.namespace ? LEASE : []),
      ...(namespace !== undefined && published.includes(namespace) ? publish : []),
      ...(watched.has(namespace) ? [SLICES] : []),
      ...(measured.has(namespace) ? [PODS] : []),
    ]),
  );
}

/** @param namespace undefined = all of the cluster */
function grant(values: Values, namespace: string | undefined, rules: readonly object[]): object[] {
  const scope = namespace === undefined ? 'Cluster' : '';
  const { namespace: _none, ...named } = metadata(TRAINER_NAME, '');
  const meta = namespace === undefined ? named : metadata(TRAINER_NAME, namespace);
  const kind = `${scope}Role`;
  return [
    { apiVersion: `${GROUP}/v1`, kind, metadata: meta, rules },
    {
      ...{ apiVersion: `${GROUP}/v1`, kind: `${kind}Binding`, metadata: meta },
      roleRef: { apiGroup: GROUP, kind, name: TRAINER_NAME },
      subjects: [{ kind: 'ServiceAccount', name: TRAINER_NAME, namespace: values.namespace }],
    },
  ];
}
