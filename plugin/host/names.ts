// Every header, property and path that the filter uses, once.
import { Name } from './bytes';

export const ENDPOINT_HEADER = new Name('x-weir-endpoint');
export const LOAD_HEADER = new Name('x-weir-load');
export const WEIR_PREFIX = new Name('x-weir-');
export const ORCA_HEADER = new Name('endpoint-load-metrics');
export const ORCA_BINARY_HEADER = new Name('endpoint-load-metrics-bin');
export const METHOD = new Name(':method');
export const PATH = new Name(':path');
export const AUTHORITY = new Name(':authority');
export const CONTENT_TYPE = new Name('content-type');
export const STATUS = new Name(':status');
export const GRPC_STATUS = new Name('grpc-status');

/** Segments of a property's path are separated by NUL. */
export const CLUSTER_PROPERTY = new Name('xds\0cluster_name');
export const CLUSTER_PROPERTY_OLD = new Name('cluster_name');
export const UPSTREAM_ADDRESS = new Name('upstream\0address');
export const RESPONSE_FLAGS = new Name('response\0flags');
export const SOURCE_ADDRESS = new Name('source\0address');
export const NODE_ID = new Name('xds\0node\0id');
export const NODE_ID_OLD = new Name('node\0id');
export const PLUGIN_NAME = new Name('plugin_name');
/** Filter state `wasm.weir.user`: Envoy puts `wasm.` in front. */
export const USER_STATE = new Name('weir.user');
export const DECISION_STATE = new Name('weir.decision');

/** A probe of Prequal, answered by the server role in the destination's sidecar. */
export const PROBE_PATH = new Name('/.well-known/weir/probe');
export const PROBE_HEADER = new Name('x-weir-probe');
