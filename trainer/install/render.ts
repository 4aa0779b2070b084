// From values to manifests: all that an installation consists of, in the order in which it is applied.
import { access } from './access.js';
import { envoyFilter } from './envoy-filter.js';
import { balancedServices, clientConfig } from './trainer-config.js';
import { telemetry } from './telemetry.js';
import type { Values } from './values.js';
import { pluginResource, type PluginOptions } from './wasm-plugin.js';
import { workload } from './workload.js';

export interface RenderContext {
  /** Of the package: the image's tag where none is given. */
  readonly version: string;
  /** The first model, base64. */
  readonly model: string;
}

/** Plain objects; those of the mesh's namespaces last, when what they report to is on its way. */
export function render(values: Values, { version, model }: RenderContext): object[] {
  return [
    ...workload(values, version),
    ...access(values),
    ...values.mesh.flatMap((entry) => filters(values, entry, model)),
    ...telemetry(values),
  ];
}

function filters(values: Values, entry: Values['mesh'][number], model: string): object[] {
  const { resource, config: _filled, ...plugin } = values.plugin;
  const options: PluginOptions = {
    ...plugin,
    sha256: plugin.sha256 || undefined,
    imagePullPolicy: plugin.imagePullPolicy || undefined,
    imagePullSecret: plugin.imagePullSecret || undefined,
    phase: plugin.phase || undefined,
  };
  const { namespace, selector } = entry;
  const place = { namespace, ...(selector ? { selector } : {}) };
  const services = balancedServices(values);
  const server = pluginResource(resource, 'server', place, options, { role: 'server' });
  // Without a list of clusters the filter would decide for all of them.
  if (services.length === 0) return [server];
  return [
    server,
    pluginResource(resource, 'client', place, options, { ...clientConfig(values), model }),
    envoyFilter({ ...place, services }),
  ];
}
