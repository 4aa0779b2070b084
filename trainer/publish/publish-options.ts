// What the configuration file of `weir serve` says under `publish`: schema, defaults, and errors that name the field.
import { z } from 'zod';

/** RFC 1123 names of namespaces and resources. */
const name = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, 'is not a name of a Kubernetes resource');
/** As long as the filter takes them. */
const address = z.string().regex(/^[^\s]{1,57}:\d{1,5}$/, 'is not ip:port');

const envoyFile = z.strictObject({
  kind: z.literal('envoy-file'),
  /** The file that Envoy's bootstrap names as the `path_config_source` of role client. */
  path: z.string().min(1),
  /** The compiled filter, as Envoy sees it. */
  plugin: z.string().min(1),
  vmConfiguration: z.string().optional(),
});

const onConflict = z.enum(['fail', 'take-models', 'take-all']).default('fail');

/** The rest of the spec of a resource that Weir makes; Weir writes its configuration into it. */
function specWithout(path: readonly string[]) {
  return z
    .record(z.string(), z.unknown())
    .refine(
      (spec) =>
        path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], spec) ===
        undefined,
      `must not have ${path.join('.')}: that is what is published`,
    )
    .optional();
}

const wasmPlugin = z.strictObject({
  kind: z.literal('istio-wasmplugin'),
  namespace: name,
  name,
  spec: specWithout(['pluginConfig']),
  onConflict,
});

const trafficExtension = z.strictObject({
  kind: z.literal('istio-trafficextension'),
  namespace: name,
  name,
  spec: specWithout(['wasm', 'pluginConfig']),
  onConflict,
});

const destination = z.strictObject({
  /** As the resource names it: `host` or `host/subset`, Service or `namespace/Service`. */
  name: z.string().min(1),
  /** Absent where the caller knows the endpoints of a destination. */
  endpoints: z.array(address).min(1).optional(),
});

const weights = z
  .strictObject({
    min: z.number().min(0).max(1).default(0.2),
    max: z.number().min(1).max(256).default(4),
    step: z
      .int()
      .min(1)
      .max(50)
      .refine((step) => 100 % step === 0, 'must divide 100')
      .default(5),
    maxMovePerUpdate: z.number().min(1).max(100).default(10),
    everySeconds: z.number().min(1).max(86_400).default(30),
  })
  .refine(({ step, maxMovePerUpdate }) => maxMovePerUpdate >= step, {
    path: ['maxMovePerUpdate'],
    error: 'must be at least `step`: else no weight can move',
  });

const routeWeights = z.strictObject({
  kind: z.literal('route-weights'),
  resource: z.strictObject({
    kind: z.enum(['VirtualService', 'HTTPRoute']),
    namespace: name,
    name,
    rule: z.string().min(1).optional(),
  }),
  destinations: z
    .array(destination)
    .min(2)
    .refine((all) => new Set(all.map((one) => one.name)).size === all.length, 'a name appears twice'),
  weights: weights.prefault({}),
});

const publishOption = z.discriminatedUnion('kind', [envoyFile, wasmPlugin, trafficExtension, routeWeights]);

export type PublishOption = z.output<typeof publishOption>;
export type RouteWeightsOption = z.output<typeof routeWeights>;

/** Unique among targets; what status and metrics call it. */
export function targetName(option: PublishOption): string {
  switch (option.kind) {
    case 'envoy-file':
      return `envoy-file:${option.path}`;
    case 'route-weights':
      return `route-weights:${option.resource.kind}/${option.resource.namespace}/${option.resource.name}${
        option.resource.rule === undefined ? '' : `/${option.resource.rule}`
      }`;
    default:
      return `${option.kind}:${option.namespace}/${option.name}`;
  }
}

export const publishOptionsSchema = z
  .array(publishOption)
  .refine(
    (all) => new Set(all.map(targetName)).size === all.length,
    'two entries publish to the same target',
  );

export type PublishOptions = z.output<typeof publishOptionsSchema>;
