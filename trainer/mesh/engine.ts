// What runs the sidecars of a local mesh: real Envoys, or plugin.wasm in an embedded proxy-wasm host.

/** Envoy's own balancing for the clusters of a sidecar, without the filter: the peers of a comparison. */
export const ENVOY_POLICIES = [
  'least_request',
  'round_robin',
  'random',
  'ring_hash',
  'client_side_weighted_round_robin',
] as const;
export type EnvoyPolicy = (typeof ENVOY_POLICIES)[number];

/** A service that a sidecar calls. Requests to its outbound address are balanced over `endpoints`. */
export interface OutboundService {
  /** Name of the service; also the name of Envoy's cluster and of the plugin's. */
  readonly service: string;
  /** `ip:port` of the sidecars before the endpoints, in the order of the scenario. */
  readonly endpoints: readonly string[];
}

export interface SidecarTracing {
  /** Its application, by the name that its spans are given. */
  readonly service: string;
  /** Share of the requests that begin here which are traced, 0..1; the others follow who began. */
  readonly sampledShare: number;
}

export interface SidecarSpec {
  /** Envoy's node id, unique in the mesh: `client-0`, `api-2`. */
  readonly id: string;
  /** Worker threads (Envoy's --concurrency). */
  readonly workers: number;
  /** Port of the application behind this sidecar; absent for a pure client. */
  readonly appPort?: number;
  readonly outbound: readonly OutboundService[];
  /** Port of the trainer on loopback: the cluster `weir-trainer`. */
  readonly trainerPort: number;
  /** Who calls gives up by itself, so that the sidecar sets no time limit; absent: it has Envoy's default of 15 s. */
  readonly callersTimeOut?: true;
  /** Absent: requests are not traced. */
  readonly tracing?: SidecarTracing;
  /** `weir`: filter and override_host; otherwise Envoy's own policy and no filter. */
  readonly balancing: 'weir' | EnvoyPolicy;
}

export interface Sidecar {
  readonly id: string;
  /** `ip:port` that other sidecars call to reach the application; absent for a pure client. */
  readonly inbound?: string;
  /** `ip:port` that the application calls to reach a service. */
  outbound(service: string): string;
  /** Counters and gauges by name (`wasmcustom.weir.requests`, `cluster.api.upstream_rq_total`, ..). */
  stats(filter: string): Promise<Map<string, number>>;
  /** Resident memory in bytes. */
  residentBytes(): number;
  /** Resolves when the sidecar ended, with a line that says why. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

export interface Engine {
  readonly name: 'envoy' | 'embedded';
  /** `envoy 1.40.0 (/path)` or `embedded proxy-wasm host (Node v20.20.2)`. */
  readonly description: string;
  /**
   * Starts a sidecar and resolves when it accepts requests.
   * The filter's configuration comes from the two ECDS files (see publish/envoy-file.ts), watched for changes.
   */
  start(spec: SidecarSpec): Promise<Sidecar>;
}

/** Where an engine finds what it runs. */
export interface EngineFiles {
  /** The compiled filter. */
  readonly plugin: string;
  /** ECDS file of the client role and of the server role; both exist before the first sidecar starts. */
  readonly clientConfig: string;
  readonly serverConfig: string;
  /** Scratch folder: bootstraps, admin addresses, Envoy's logs. */
  readonly runDir: string;
}
