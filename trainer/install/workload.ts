// The trainer in a cluster: its Deployment, and what stands around it.
import { createHash } from 'node:crypto';
import { metadata, selectorLabels, TRAINER_NAME, TRAINER_PORT } from './labels.js';
import { trainerConfig } from './trainer-config.js';
import type { Values } from './values.js';

const DATA = '/var/lib/weir';
const CONFIG = '/etc/weir';
/** Of the image: no name, nobody else's. */
const USER = 65_532;

export function workload(values: Values, version: string): object[] {
  const { namespace, replicas, podDisruptionBudget, networkPolicy, serviceMonitor, persistence } = values;
  const meta = metadata(TRAINER_NAME, namespace);
  const config = configText(values);
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta, data: { 'weir.yaml': config } },
    ...(persistence.enabled ? [claim(values)] : []),
    service(values),
    deployment(values, version, config),
    ...(podDisruptionBudget.enabled && replicas > 1 ? [disruptionBudget(values)] : []),
    ...(networkPolicy.enabled ? [policy(values)] : []),
    ...(serviceMonitor.enabled ? [monitor(values)] : []),
  ];
}

/** JSON is YAML too, and Helm writes the same. */
const configText = (values: Values): string => `${JSON.stringify(sorted(trainerConfig(values)))}\n`;

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

function claim({ namespace, persistence: { size, storageClass, accessMode } }: Values): object {
  return {
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: metadata(TRAINER_NAME, namespace) },
    spec: {
      accessModes: [accessMode],
      ...(storageClass === '' ? {} : { storageClassName: storageClass }),
      resources: { requests: { storage: size } },
    },
  };
}

function service({ namespace }: Values): object {
  return {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: metadata(TRAINER_NAME, namespace) },
    spec: {
      selector: selectorLabels,
      ports: [{ name: 'http', port: TRAINER_PORT, targetPort: 'http', protocol: 'TCP' }],
    },
  };
}

function deployment(values: Values, version: string, config: string): object {
  const { namespace, replicas, image, persistence, nodeSelector, tolerations, affinity } = values;
  const meta = metadata(TRAINER_NAME, namespace);
  // One volume that only one node can hold is not handed over while the old pod runs.
  const isSingle = persistence.enabled && persistence.accessMode === 'ReadWriteOnce';
  return {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta },
    spec: {
      replicas,
      selector: { matchLabels: selectorLabels },
      strategy: isSingle
        ? { type: 'Recreate' }
        : { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0 } },
      template: {
        metadata: {
          labels: { ...meta.labels, ...selectorLabels },
          annotations: { 'weir.dev/config': createHash('sha256').update(config).digest('hex') },
        },
        spec: {
          serviceAccountName: TRAINER_NAME,
          securityContext: {
            ...{ runAsNonRoot: true, runAsUser: USER, runAsGroup: USER, fsGroup: USER },
            seccompProfile: { type: 'RuntimeDefault' },
          },
          terminationGracePeriodSeconds: 30,
          ...(image.pullSecrets.length > 0 ? { imagePullSecrets: image.pullSecrets } : {}),
          ...(Object.keys(nodeSelector).length > 0 ? { nodeSelector } : {}),
          ...(tolerations.length > 0 ? { tolerations } : {}),
          ...(Object.keys(affinity).length > 0 ? { affinity } : {}),
          containers: [container(values, version)],
          volumes: [
            { name: 'config', configMap: { name: TRAINER_NAME } },
            { name: 'tmp', emptyDir: {} },
            persistence.enabled
              ? { name: 'data', persistentVolumeClaim: { claimName: TRAINER_NAME } }
              : { name: 'data', emptyDir: {} },
          ],
        },
      },
    },
  };
}

function container({ image, resources, token }: Values, version: string): object {
  const secret = { name: token.existingSecret, key: 'token' };
  const probe = (path: string) => ({ httpGet: { path, port: 'http' }, periodSeconds: 10, timeoutSeconds: 5 });
  return {
    name: 'trainer',
    image: `${image.repository}:${image.tag === '' ? version : image.tag}`,
    imagePullPolicy: image.pullPolicy,
    args: [
      ...['serve', '--host', '0.0.0.0', '--port', String(TRAINER_PORT)],
      ...['--data', DATA, '--config', `${CONFIG}/weir.yaml`],
    ],
    ports: [{ name: 'http', containerPort: TRAINER_PORT, protocol: 'TCP' }],
    ...(token.existingSecret === ''
      ? {}
      : { env: [{ name: 'WEIR_TOKEN', valueFrom: { secretKeyRef: secret } }] }),
    startupProbe: { ...probe('/healthz'), periodSeconds: 2, failureThreshold: 60 },
    livenessProbe: probe('/healthz'),
    readinessProbe: { ...probe('/readyz'), periodSeconds: 5 },
    resources,
    securityContext: {
      ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'config', mountPath: CONFIG, readOnly: true },
      { name: 'data', mountPath: DATA },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

function disruptionBudget({ namespace }: Values): object {
  return {
    ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: metadata(TRAINER_NAME, namespace) },
    spec: { maxUnavailable: 1, selector: { matchLabels: selectorLabels } },
  };
}

/** Reports and spans come from everywhere in the mesh; the page by port-forward, which the node lets through. */
function policy({ namespace, mesh, networkPolicy }: Values): object {
  const names = mesh.map((entry) => entry.namespace);
  const key = 'kubernetes.io/metadata.name';
  const ofMesh = { namespaceSelector: { matchExpressions: [{ key, operator: 'In', values: names }] } };
  // A filter of the root namespace is in all namespaces.
  const peers = names.includes('istio-system')
    ? [{ namespaceSelector: {} }]
    : names.length > 0
      ? [ofMesh]
      : [];
  const from = [...peers, { podSelector: {} }, ...networkPolicy.from];
  return {
    ...{
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: metadata(TRAINER_NAME, namespace),
    },
    spec: {
      podSelector: { matchLabels: selectorLabels },
      policyTypes: ['Ingress'],
      ingress: [{ from, ports: [{ port: 'http', protocol: 'TCP' }] }],
    },
  };
}

function monitor({ namespace, serviceMonitor }: Values): object {
  const meta = metadata(TRAINER_NAME, namespace);
  return {
    ...{ apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor' },
    metadata: { ...meta, labels: { ...meta.labels, ...serviceMonitor.labels } },
    spec: {
      selector: { matchLabels: meta.labels },
      endpoints: [{ port: 'http', path: '/metrics', interval: '15s' }],
    },
  };
}
