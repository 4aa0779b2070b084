// What makes Envoy follow the filter: for the balanced services alone, `override_host` reads the header with the chosen
// endpoints, falls back to LEAST_REQUEST, and the header is removed before the wire. Where this resource is missing or
// refused, Envoy balances as before, and `weir.served_not_chosen` counts it.
import { hostOf, type BalancedService, type Protocol } from './balanced-service.js';
import { metadata } from './labels.js';

const EXTENSIONS = 'type.googleapis.com/envoy.extensions';
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const HEADER = 'x-weir-endpoint';

export interface EnvoyFilterOptions {
  readonly namespace: string;
  /** Labels of the workloads; absent = all of the namespace. */
  readonly selector?: Readonly<Record<string, string>>;
  readonly services: readonly BalancedService[];
}

export function envoyFilter({ namespace, selector, services }: EnvoyFilterOptions): object {
  const contexts = ['SIDECAR_OUTBOUND', 'GATEWAY'] as const;
  return {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: metadata('weir', namespace),
    spec: {
      ...(selector ? { workloadSelector: { labels: selector } } : {}),
      configPatches: services.flatMap((service) => contexts.map((context) => patch(service, context))),
    },
  };
}

function patch(service: BalancedService, context: string): object {
  return {
    applyTo: 'CLUSTER',
    match: { context, cluster: { service: hostOf(service), portNumber: service.port } },
    patch: {
      operation: 'MERGE',
      value: {
        load_balancing_policy: policies('override_host', 'OverrideHost', {
          override_host_sources: [{ header: HEADER }],
          fallback_policy: policies('least_request', 'LeastRequest', {}),
        }),
        // Merging replaces the whole entry, so it says the protocol as well: Envoy refuses a cluster without.
        typed_extension_protocol_options: {
          [HTTP_OPTIONS]: {
            '@type': `type.googleapis.com/${HTTP_OPTIONS}`,
            explicit_http_config: httpConfig(service.protocol),
            http_filters: [
              filter('header_mutation', 'HeaderMutation', {
                mutations: { request_mutations: [{ remove: HEADER }] },
              }),
              filter('upstream_codec', 'UpstreamCodec', {}),
            ],
          },
        },
      },
    },
  };
}

const httpConfig = (protocol: Protocol): object =>
  protocol === 'http' ? { http_protocol_options: {} } : { http2_protocol_options: {} };

function policies(name: string, message: string, config: object): object {
  const type = `${EXTENSIONS}.load_balancing_policies.${name}.v3.${message}`;
  return {
    policies: [
      {
        typed_extension_config: {
          name: `envoy.load_balancing_policies.${name}`,
          typed_config: { '@type': type, ...config },
        },
      },
    ],
  };
}

function filter(name: string, message: string, config: object): object {
  const type = `${EXTENSIONS}.filters.http.${name}.v3.${message}`;
  return { name: `envoy.filters.http.${name}`, typed_config: { '@type': type, ...config } };
}
