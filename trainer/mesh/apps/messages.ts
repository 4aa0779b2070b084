// What the mesh and the process of its applications say to each other.
import type { Scenario } from '../../environment/scenario.js';

/** Name of an endpoint in the mesh; also the node id of its sidecar and its part of `x-served-by`. */
export const endpointName = (service: string, index: number) => `${service}-${index}`;

export type ToApps =
  | { readonly type: 'configure'; readonly scenario: Scenario }
  /** Where an endpoint reaches the services it calls: its name, then the service, then `ip:port`. */
  | { readonly type: 'outbound'; readonly addresses: Record<string, Record<string, string>> }
  /** The load begins: faults count their seconds from here. */
  | { readonly type: 'start' };

export type FromApps = /** Every endpoint listens: port by name. */ {
  readonly type: 'listening';
  readonly ports: Record<string, number>;
};
