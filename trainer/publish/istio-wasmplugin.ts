// Publishes to an Istio mesh through a WasmPlugin
// (https://istio.io/latest/docs/reference/config/proxy_extensions/wasm-plugin/).
import { createApplyPublisher, type OnConflict } from './kubernetes/apply.js';
import type { ResourceClient, ResourceName, ResourceType } from './kubernetes/resource-client.js';
import type { Publisher } from './publisher.js';

export const WASM_PLUGIN: ResourceType = {
  group: 'extensions.istio.io',
  version: 'v1alpha1',
  kind: 'WasmPlugin',
  plural: 'wasmplugins',
};

export interface IstioOptions extends ResourceName {
  /** The rest of the spec, for a resource that Weir makes and manages; without it the resource must be there. */
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly onConflict: OnConflict;
}

export function createWasmPluginPublisher(client: ResourceClient, options: IstioOptions): Publisher {
  return createApplyPublisher(client, { ...options, type: WASM_PLUGIN, path: ['pluginConfig'] });
}
