// The whole static configuration of one sidecar.
import type { EngineFiles, SidecarSpec } from '../engine.js';
import { DEFAULT_VERSION } from './binary.js';
import { clusters } from './clusters.js';
import { typed, type Json } from './json.js';
import { listeners } from './listeners.js';
import { tracingRuntime } from './tracing.js';

/**
 * All ports are 0: the kernel picks, and the engine reads them back from the admin interface.
 * @param version of the Envoy that it is for
 */
export function bootstrap(spec: SidecarSpec, files: EngineFiles, version = DEFAULT_VERSION): Json {
  return {
    node: { id: spec.id, cluster: 'weir-mesh' },
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } },
    overload_manager: connectionLimit(),
    ...tracingRuntime(spec),
    static_resources: { listeners: listeners(spec, files, version), clusters: clusters(spec) },
  };
}

/** Without one, Envoy's only words in a quiet log would be a warning that there is none. */
function connectionLimit(): Json {
  const monitor = 'envoy.resource_monitors.global_downstream_max_connections';
  const message = 'envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig';
  return {
    resource_monitors: [
      { name: monitor, typed_config: typed(message, { max_active_downstream_connections: 1_000_000 }) },
    ],
  };
}
