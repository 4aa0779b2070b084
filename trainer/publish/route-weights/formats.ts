// Where a VirtualService (networking.istio.io/v1) and an HTTPRoute (gateway.networking.k8s.io/v1) have their weights.
import { objectOf, type RouteFormat } from './route.js';

/** Destinations are named `host` or `host/subset`. */
export const VIRTUAL_SERVICE: RouteFormat = {
  type: { group: 'networking.istio.io', version: 'v1', kind: 'VirtualService', plural: 'virtualservices' },
  rules: 'http',
  destinations: 'route',
  // "If there is only one destination in a rule, it will receive all traffic" (Istio, HTTPRouteDestination.weight).
  defaultWeight: (entries) => (entries === 1 ? 100 : 0),
  identity: 'destination',
  nameOf(entry) {
    const { host, subset } = objectOf(entry['destination']);
    return joined(host, subset);
  },
};

/** Destinations are named as their Service, `namespace/name` where the reference says a namespace. */
export const HTTP_ROUTE: RouteFormat = {
  type: { group: 'gateway.networking.k8s.io', version: 'v1', kind: 'HTTPRoute', plural: 'httproutes' },
  rules: 'rules',
  destinations: 'backendRefs',
  // "If unspecified, weight defaults to 1" (Gateway API, BackendRef.weight).
  defaultWeight: () => 1,
  identity: 'name',
  nameOf: ({ name, namespace }) => joined(namespace, name),
};

/** Of what the API server has checked to be text, where it is there at all. */
function joined(...parts: readonly unknown[]): string {
  return parts.filter((part) => typeof part === 'string').join('/');
}
