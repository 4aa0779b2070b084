// Publishes to an Istio mesh (1.30 or later, extended release channel) through a TrafficExtension, which supersedes
// WasmPlugin: the same fields one level deeper, under `wasm`
// (https://istio.io/latest/docs/reference/config/proxy_extensions/traffic_extension/).
import type { IstioOptions } from './istio-wasmplugin.js';
import { createApplyPublisher } from './kubernetes/apply.js';
import type { ResourceClient, ResourceType } from './kubernetes/resource-client.js';
import type { Publisher } from './publisher.js';

export const TRAFFIC_EXTENSION: ResourceType = {
  group: 'extensions.istio.io',
  version: 'v1alpha1',
  kind: 'TrafficExtension',
  plural: 'trafficextensions',
};

export function createTrafficExtensionPublisher(client: ResourceClient, options: IstioOptions): Publisher {
  return createApplyPublisher(client, {
    ...options,
    type: TRAFFIC_EXTENSION,
    path: ['wasm', 'pluginConfig'],
  });
}
