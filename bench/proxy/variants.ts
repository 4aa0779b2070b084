// The Envoys that are compared: each is the mesh's client sidecar with one thing changed.
import { join } from 'node:path';
import { encodeModel } from '../../trainer/actor/model-file.js';
import { shippedModel } from '../../trainer/cli/shipped-model.js';
import type { SidecarSpec } from '../../trainer/mesh/engine.js';
import { DEFAULT_VERSION } from '../../trainer/mesh/envoy/binary.js';
import { bootstrap } from '../../trainer/mesh/envoy/bootstrap.js';
import { clusters } from '../../trainer/mesh/envoy/clusters.js';
import type { Json } from '../../trainer/mesh/envoy/json.js';
import { listeners, outboundListener } from '../../trainer/mesh/envoy/listeners.js';
import { EnvoyFilePublisher } from '../../trainer/publish/envoy-file.js';
import { launch, type Launched, type LaunchOptions } from './launch.js';
import { WITH_LOAD, WITHOUT_LOAD } from './upstream.js';

const SERVICE = 'api';
const MODEL = Buffer.from(encodeModel(shippedModel())).toString('base64');

export interface Variant {
  readonly name: string;
  /** Compiled filter and its configuration; none = Envoy without wasm. */
  readonly plugin?: string;
  readonly configuration?: object;
  /** `override_host` and the header's removal in the cluster, or Envoy's LEAST_REQUEST. */
  readonly overrideHost: boolean;
  /** What is asked of the upstream. */
  readonly path: string;
}

export const PLAIN: Variant = { name: 'envoy least_request', overrideHost: false, path: WITH_LOAD };

/** The filter as it is used: the actor steers, reports go to the trainer, endpoints send their load. */
export function weir(plugin: string, endpoints: readonly string[], overrides: object = {}): Variant {
  return {
    name: 'weir',
    plugin,
    configuration: {
      role: 'client',
      policy: 'actor',
      model: MODEL,
      endpoints: { [SERVICE]: endpoints },
      report: { cluster: 'weir-trainer', intervalMs: 1000 },
      ...overrides,
    },
    overrideHost: true,
    path: WITH_LOAD,
  };
}

/** What `--breakdown` adds, from nothing to the whole filter. `plugins`: the empty filters of probe-plugins.ts. */
export function breakdown(
  plugin: string,
  endpoints: readonly string[],
  plugins: { readonly nothing: string; readonly callbacks: string },
): Variant[] {
  const ours = weir(plugin, endpoints);
  const configured = (name: string, overrides: object): Variant => ({
    ...weir(plugin, endpoints, overrides),
    name,
  });
  return [
    { ...PLAIN, name: 'envoy least_request, no load header', path: WITHOUT_LOAD },
    { ...PLAIN, name: 'override_host without a filter', overrideHost: true },
    { ...PLAIN, name: 'wasm without callbacks', plugin: plugins.nothing, configuration: {} },
    { ...PLAIN, name: 'wasm with empty callbacks', plugin: plugins.callbacks, configuration: {} },
    configured('weir, mode off', { mode: 'off' }),
    configured('weir, mode shadow', { mode: 'shadow' }),
    configured('weir, policy random', { policy: 'random' }),
    configured('weir, policy ewma-full', { policy: 'ewma-full' }),
    { ...ours, name: 'weir, without override_host', overrideHost: false },
    configured('weir, without reports', { report: undefined }),
    { ...ours, name: 'weir, no load header', path: WITHOUT_LOAD },
  ];
}

export interface Running extends Launched {
  readonly variant: Variant;
  readonly url: string;
}

export interface Surroundings extends Omit<LaunchOptions, 'name'> {
  readonly endpoints: readonly string[];
  readonly trainerPort: number;
}

export async function startVariant(variant: Variant, around: Surroundings): Promise<Running> {
  const name = variant.name.replace(/\W+/g, '-');
  // Envoy watches the folder of the file: one each.
  const clientConfig = join(around.runDir, `${name}.ecds.json`);
  if (variant.plugin !== undefined) {
    const publisher = new EnvoyFilePublisher({ path: clientConfig, role: 'client', plugin: variant.plugin });
    await publisher.publish(variant.configuration ?? {});
  }
  const launched = await launch(configuration(variant, around, name, clientConfig), { ...around, name });
  const address = launched.addresses.get(outboundListener(SERVICE));
  if (address === undefined) throw new Error(`Envoy ${variant.name} has no listener`);
  return { ...launched, variant, url: `http://${address}${variant.path}` };
}

function configuration(variant: Variant, around: Surroundings, id: string, clientConfig: string): Json {
  const balanced = (weir: boolean): SidecarSpec => ({
    id,
    workers: 1,
    outbound: [{ service: SERVICE, endpoints: around.endpoints }],
    trainerPort: around.trainerPort,
    balancing: weir ? 'weir' : 'least_request',
  });
  const files = { plugin: '', clientConfig, serverConfig: '', runDir: around.runDir };
  const filtered = balanced(variant.plugin !== undefined);
  return {
    ...bootstrap(filtered, files),
    static_resources: {
      listeners: listeners(filtered, files, DEFAULT_VERSION),
      clusters: clusters(balanced(variant.overrideHost)),
    },
  };
}
