// What the trainer may do in the Kubernetes API: read and patch the filters that it publishes to, tell what became of it,
// hold its own Lease, see EndpointSlices where its configuration says so, and nothing else.
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

export function access(values: Values): object[] {
  const plural = values.plugin.resource === 'WasmPlugin' ? 'wasmplugins' : 'trafficextensions';
  const filter = {
    ...{ apiGroups: ['extensions.istio.io'], resources: [plural] },
    ...{ resourceNames: [pluginName('client')], verbs: ['get', 'patch'] },
  };
  const publish = [filter, { ...filter, resources: [`${plural}/status`], verbs: ['patch'] }, EVENTS];
  const published = publishedTo(values);
  const watched = configSchema.parse(values.config).endpoints.kubernetes;
  const everywhere = watched !== undefined && watched.namespace === undefined;
  // One Role a namespace, since all have the same name.
  const namespaces = new Set([
    values.namespace,
    ...published,
    ...(watched?.namespace ? [watched.namespace] : []),
  ]);
  return [
    ...[...namespaces].flatMap((namespace) =>
      grant(values, namespace, [
        ...(namespace === values.namespace ? LEASE : []),
        ...(published.includes(namespace) ? publish : []),
        ...(namespace === watched?.namespace ? [SLICES] : []),
      ]),
    ),
    ...(everywhere ? grant(values, undefined, [SLICES]) : []),
  ];
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
