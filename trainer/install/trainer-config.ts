// The configuration file of the trainer: what the operator says, and where it publishes to.
import { clustersOf, type BalancedService } from './balanced-service.js';
import { TRAINER_NAME, TRAINER_PORT } from './labels.js';
import type { Values } from './values.js';
import { pluginName } from './wasm-plugin.js';

export const trainerCluster = (namespace: string): string =>
  `outbound|${TRAINER_PORT}||${TRAINER_NAME}.${namespace}.svc.cluster.local`;

/** Of all entries: every sidecar with the filter balances every one of them, whoever named it. */
export function balancedServices({ mesh }: Pick<Values, 'mesh'>): BalancedService[] {
  return mesh.flatMap(({ namespace, services }) =>
    services.map((service) => ({ ...service, namespace: service.namespace ?? namespace })),
  );
}

/** Of role client, its models aside; the same in every namespace, as it goes to every target. */
export function clientConfig(values: Values): Record<string, unknown> {
  const { plugin, namespace, telemetry } = values;
  const clusters = [...new Set(balancedServices(values).flatMap(clustersOf))];
  const { report = {}, ...config } = plugin.config as { report?: object };
  return {
    ...{ role: 'client', clusters },
    // Its presence makes the filter say what it decided.
    ...(telemetry.enabled ? { tracing: {} } : {}),
    ...config,
    report: { cluster: trainerCluster(namespace), ...report },
  };
}

/** Namespaces with a filter of role client: none as long as there is nothing to balance. */
export const publishedTo = (values: Values): string[] =>
  balancedServices(values).length === 0 ? [] : values.mesh.map(({ namespace }) => namespace);

export function trainerConfig(values: Values): Record<string, unknown> {
  const kind = values.plugin.resource === 'WasmPlugin' ? 'istio-wasmplugin' : 'istio-trafficextension';
  return {
    ...values.config,
    ...sampledShare(values),
    // Also of a single trainer: an update lets the new pod run before the old one ends.
    leader: { kubernetes: { namespace: values.namespace, name: TRAINER_NAME } },
    plugin: clientConfig(values),
    publish: publishedTo(values).map((namespace) => ({
      ...{ kind, namespace, name: pluginName('client') },
      // The installation brings the first model.
      onConflict: 'take-models',
    })),
  };
}

/** What the graph divides by is what sidecars sample, unless the operator says otherwise. */
function sampledShare({ telemetry: { enabled, samplingPercent }, config }: Values): object {
  if (!enabled || samplingPercent === 0) return {};
  // In the decimals that Helm's templates compute it in.
  const share = Number((samplingPercent / 100).toFixed(16));
  return { traces: { sampledShare: share, ...(config['traces'] as object | undefined) } };
}
