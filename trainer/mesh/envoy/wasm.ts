// How Envoy is told to run the filter: names and messages that the bootstrap and the ECDS files share.
import type { Json } from './json.js';

export type Role = 'client' | 'server';

const TYPE = 'type.googleapis.com/';
export const WASM_FILTER_TYPE = `${TYPE}envoy.extensions.filters.http.wasm.v3.Wasm`;
const EXTENSION_CONFIG_TYPE = `${TYPE}envoy.config.core.v3.TypedExtensionConfig`;
const STRING_TYPE = `${TYPE}google.protobuf.StringValue`;

/**
 * Name of the http filter, which must equal the name of the ECDS resource, and root id of the context in the VM.
 * One a role, since Envoy also keeps the ECDS statistics by this name.
 */
export const FILTER_NAME: Readonly<Record<Role, string>> = { client: 'weir_client', server: 'weir_server' };

/**
 * The filter with its configuration, as an ECDS resource. Both roles of an Envoy share one VM: same id, same code, same
 * configuration of the VM. Another one of these is another VM (environment variables count only in newer Envoys: in
 * 1.40, not in 1.36).
 */
export function wasmResource(role: Role, plugin: string, configuration: object, vmConfiguration = ''): Json {
  return {
    '@type': EXTENSION_CONFIG_TYPE,
    name: FILTER_NAME[role],
    typed_config: {
      '@type': WASM_FILTER_TYPE,
      config: {
        name: 'weir',
        root_id: FILTER_NAME[role],
        // A VM that trapped is replaced by the next request after the back-off; until then Envoy answers 503, for a
        // whole second by default. Never below 2 ms: Envoy divides by half of it in milliseconds, and dies.
        failure_policy: 'FAIL_RELOAD',
        reload_config: { backoff: { base_interval: '0.01s', max_interval: '0.1s' } },
        vm_config: {
          vm_id: 'weir',
          runtime: 'envoy.wasm.runtime.v8',
          code: { local: { filename: plugin } },
          ...(vmConfiguration ? { configuration: { '@type': STRING_TYPE, value: vmConfiguration } } : {}),
        },
        configuration: { '@type': STRING_TYPE, value: JSON.stringify(configuration) },
      },
    },
  };
}
