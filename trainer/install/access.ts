// What the trainer may do in the Kubernetes API: read and patch the filters that it publishes to, and nothing else.
import { metadata, TRAINER_NAME } from './labels.js';
import { publishedTo } from './trainer-config.js';
import type { Values } from './values.js';
import { pluginName } from './wasm-plugin.js';

const GROUP = 'rbac.authorization.k8s.io';

export function access(values: Values): object[] {
  const plural = values.plugin.resource === 'WasmPlugin' ? 'wasmplugins' : 'trafficextensions';
  return publishedTo(values).flatMap((namespace) =>
    roleIn(namespace, values.namespace, [
      {
        apiGroups: ['extensions.istio.io'],
        resources: [plural],
        resourceNames: [pluginName('client')],
        verbs: ['get', 'patch'],
      },
    ]),
  );
}

function roleIn(namespace: string, trainerNamespace: string, rules: readonly object[]): object[] {
  const meta = metadata(TRAINER_NAME, namespace);
  return [
    { apiVersion: `${GROUP}/v1`, kind: 'Role', metadata: meta, rules },
    {
      ...{ apiVersion: `${GROUP}/v1`, kind: 'RoleBinding', metadata: meta },
      roleRef: { apiGroup: GROUP, kind: 'Role', name: TRAINER_NAME },
      subjects: [{ kind: 'ServiceAccount', name: TRAINER_NAME, namespace: trainerNamespace }],
    },
  ];
}
