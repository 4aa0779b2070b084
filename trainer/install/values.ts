// What an installation is described by: the values of `weir install --values` and of the Helm chart, with their defaults.
import { z } from 'zod';
import { serveOptionsSchema } from '../service/options.js';

const name = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be a name of Kubernetes');
const labels = z.record(z.string(), z.string());
/** Passed on as it is. */
const anything = z.record(z.string(), z.unknown());

const image = z.strictObject({
  repository: z
    .string()
    .min(1)
    .default('registry.example/weir/trainer')
    .describe('Image of the trainer, in a registry of yours (docs/images.md)'),
  tag: z.string().default('').describe('Empty = version of the package'),
  pullPolicy: z.enum(['IfNotPresent', 'Always', 'Never']).default('IfNotPresent'),
  pullSecrets: z.array(z.strictObject({ name })).default([]),
});

const persistence = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe(
      'Keep models and events in a volume; else they go with the pod, and the shipped model begins again',
    ),
  size: z.string().min(1).default('1Gi'),
  storageClass: z.string().default('').describe("Empty = the cluster's default"),
  accessMode: z
    .enum(['ReadWriteOnce', 'ReadWriteMany'])
    .default('ReadWriteOnce')
    .describe('More than one replica needs ReadWriteMany'),
});

const plugin = z.strictObject({
  resource: z
    .enum(['WasmPlugin', 'TrafficExtension'])
    .default('WasmPlugin')
    .describe('TrafficExtension from Istio 1.30 on'),
  url: z
    .string()
    .regex(/^((oci|https?|file):\/\/\S+)?$/, 'must begin with oci://, https:// or file://')
    .default('')
    .describe('Where sidecars get plugin.wasm from: no default, since pods do not start until they have it'),
  sha256: z
    .string()
    .regex(/^([0-9a-f]{64})?$/, 'must be 64 hexadecimal digits')
    .default('')
    .describe('As `weir image` prints it for the kind of URL'),
  imagePullPolicy: z.enum(['', 'IfNotPresent', 'Always']).default(''),
  imagePullSecret: z.string().default(''),
  failStrategy: z
    .enum(['FAIL_RELOAD', 'FAIL_OPEN', 'FAIL_CLOSE'])
    .default('FAIL_RELOAD')
    .describe('When the filter traps: FAIL_RELOAD starts it anew'),
  phase: z
    .enum(['', 'AUTHN', 'AUTHZ', 'STATS'])
    .default('')
    .describe('Empty = right before the router, where it decides last'),
  priority: z.int().default(0).describe('Among plugins of the same phase, higher first'),
  config: anything
    .default({})
    .describe('Keys of role client (docs/contracts.md); clusters, models and the report are filled in'),
});

const service = z.strictObject({
  name,
  namespace: name.optional().describe('Absent = that of the mesh entry'),
  port: z.int().min(1).max(65_535),
  protocol: z.enum(['http', 'http2', 'grpc']).default('http').describe("As the port's name says it to Istio"),
  subsets: z.array(name).default([]).describe('Of its DestinationRule'),
});

const mesh = z.strictObject({
  namespace: name.describe('Whose sidecars get the filter; istio-system = all of the mesh'),
  selector: labels.optional().describe('Labels of the workloads in it; absent = all'),
  services: z.array(service).default([]).describe('What they balance; everything else is left to Envoy'),
});

/** What of `weir serve --config` is the operator's to say. Passed on as it is written, without defaults. */
export const configSchema = serveOptionsSchema.omit({ publish: true, plugin: true, leader: true });

export const valuesSchema = z.strictObject({
  namespace: name.default('weir-system').describe("The trainer's; with Helm that of the release"),
  image: image.prefault({}),
  replicas: z.int().min(1).max(9).default(1).describe('One leads, the others answer reports and wait'),
  resources: anything
    .default({ requests: { cpu: '250m', memory: '512Mi' }, limits: { memory: '1Gi' } })
    .describe('Key by key over these; null takes one away'),
  nodeSelector: labels.default({}),
  tolerations: z.array(anything).default([]),
  affinity: anything.default({}),
  persistence: persistence.prefault({}),
  token: z
    .strictObject({
      existingSecret: z.string().default('').describe('With the key `token`; empty = the trainer makes one'),
    })
    .prefault({}),
  config: anything
    .default({})
    .describe('Of `weir serve --config` (docs/serve.md): learning, gate, rollout, traces, endpoints, ..'),
  plugin: plugin.prefault({}),
  mesh: z.array(mesh).default([]),
  optIn: z
    .strictObject({
      byLabel: z
        .boolean()
        .default(false)
        .describe('Also what has the label weir.dev/balance: enabled: namespaces, and services in them'),
    })
    .prefault({}),
  telemetry: z
    .strictObject({
      enabled: z.boolean().default(false).describe('Trace the namespaces of the mesh to the trainer'),
      provider: z
        .string()
        .min(1)
        .default('weir')
        .describe("Of the mesh's extensionProviders (docs/install.md)"),
      samplingPercent: z.number().min(0).max(100).default(10),
    })
    .prefault({}),
  networkPolicy: z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .describe('Only namespaces of the mesh, and `from`, reach the trainer'),
      from: z.array(anything).default([]).describe('More peers, such as that of Prometheus'),
    })
    .prefault({}),
  podDisruptionBudget: z
    .strictObject({ enabled: z.boolean().default(true).describe('With more than one replica') })
    .prefault({}),
  serviceMonitor: z
    .strictObject({ enabled: z.boolean().default(false), labels: labels.default({}) })
    .prefault({}),
});

export type Values = z.output<typeof valuesSchema>;
export type MeshValues = Values['mesh'][number];
