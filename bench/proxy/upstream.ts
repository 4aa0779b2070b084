// The endpoints of the measurement: listeners of a second Envoy that answer by themselves, faster than the Envoy under
// test can ask.
import type { Json } from '../../trainer/mesh/envoy/json.js';
import { typed } from '../../trainer/mesh/envoy/json.js';

/** Answers at this path carry `x-weir-load`, as those of a destination with the filter's server role do. */
export const WITH_LOAD = '/with-load';
export const WITHOUT_LOAD = '/without-load';

const LOAD = 'q=3;w=3500;t=12500;r=41000;c=420;m=610';
const BODY = 'ok\n';

export function upstreamBootstrap(endpoints: number): Json {
  return {
    node: { id: 'upstream', cluster: 'bench' },
    admin: { address: address() },
    static_resources: { listeners: Array.from({ length: endpoints }, (_, i) => listener(`endpoint-${i}`)) },
  };
}

const address = (): Json => ({ socket_address: { address: '127.0.0.1', port_value: 0 } });

function listener(name: string): Json {
  const answer = { direct_response: { status: 200, body: { inline_string: BODY } } };
  const load = { header: { key: 'x-weir-load', value: LOAD } };
  const manager = typed('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: name,
    codec_type: 'HTTP1',
    generate_request_id: false,
    http_filters: [
      {
        name: 'envoy.filters.http.router',
        typed_config: typed('envoy.extensions.filters.http.router.v3.Router'),
      },
    ],
    route_config: {
      virtual_hosts: [
        {
          name,
          domains: ['*'],
          routes: [
            { match: { prefix: WITH_LOAD }, ...answer, response_headers_to_add: [load] },
            { match: { prefix: '/' }, ...answer },
          ],
        },
      ],
    },
  });
  return {
    name,
    address: address(),
    filter_chains: [
      { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] },
    ],
  };
}
