// Envoy's header_mutation, before the filter's place and after the load balancer.
import { typed, type Json } from './json.js';

const MESSAGE = 'envoy.extensions.filters.http.header_mutation.v3.HeaderMutation';
export const HEADER_MUTATION_TYPE = `type.googleapis.com/${MESSAGE}`;

/** The configuration that removes a request header. */
export function removeHeader(name: string): Json {
  return typed(MESSAGE, { mutations: { request_mutations: [{ remove: name }] } });
}
