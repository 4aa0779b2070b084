// The filter in the sidecars of a namespace, once for each role: as a WasmPlugin, or as a TrafficExtension, which takes its
// place from Istio 1.30 on.
import { metadata } from './labels.js';

export type PluginResource = 'WasmPlugin' | 'TrafficExtension';
export type Role = 'client' | 'server';

export interface PluginOptions {
  /** `oci://`, `https://` or `file://`. */
  readonly url: string;
  readonly sha256?: string | undefined;
  readonly imagePullPolicy?: 'IfNotPresent' | 'Always' | undefined;
  readonly imagePullSecret?: string | undefined;
  readonly failStrategy: 'FAIL_RELOAD' | 'FAIL_OPEN' | 'FAIL_CLOSE';
  /** Before which of Istio's filters; absent = right before the router, where both roles belong: the client role decides
   * last, and the server role measures the application alone. */
  readonly phase?: 'AUTHN' | 'AUTHZ' | 'STATS' | undefined;
  readonly priority: number;
}

export interface PluginPlace {
  readonly namespace: string;
  readonly selector?: Readonly<Record<string, string>> | undefined;
}

const API_VERSION = 'extensions.istio.io/v1alpha1';
/** Traffic that a sidecar sends for its application, and that it takes for it. */
const MODES = { client: 'CLIENT', server: 'SERVER' } as const;

export const pluginName = (role: Role): string => `weir-${role}`;

export function pluginResource(
  kind: PluginResource,
  role: Role,
  place: PluginPlace,
  options: PluginOptions,
  pluginConfig: object,
): object {
  const { phase, priority, ...module } = options;
  const known = Object.fromEntries(Object.entries(module).filter(([, value]) => value !== undefined));
  const wasm = { ...known, type: 'HTTP', pluginConfig };
  const common = {
    ...(place.selector ? { selector: { matchLabels: place.selector } } : {}),
    ...(phase ? { phase } : {}),
    ...{ priority, match: [{ mode: MODES[role] }] },
  };
  return {
    ...{ apiVersion: API_VERSION, kind },
    metadata: metadata(pluginName(role), place.namespace),
    spec: kind === 'WasmPlugin' ? { ...common, ...wasm } : { ...common, wasm },
  };
}
