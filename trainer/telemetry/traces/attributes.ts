// Which attributes are read, and which are kept as they come. Everything else is dropped at the door: headers, addresses
// of clients, user agents, statements of databases.

/** Read into the fields of a span: OpenTelemetry's names, those before 2023, and Envoy's own. */
export const METHOD = ['http.request.method', 'http.method'] as const;
export const STATUS = ['http.response.status_code', 'http.status_code'] as const;
export const URL_KEYS = ['url.path', 'http.target', 'url.full', 'http.url', 'http.route'] as const;
export const QUERY = 'url.query';
/** Whom a client calls: Envoy's cluster first, then what OpenTelemetry has for it. */
export const PEER = [
  ...['upstream_cluster.name', 'upstream_cluster', 'peer.service', 'service.peer.name'],
  ...['db.system.name', 'db.system', 'messaging.destination.name', 'server.address', 'net.peer.name'],
] as const;
/** `ip:port`. */
export const UPSTREAM = 'upstream_address';
export const PEER_ADDRESS = ['network.peer.address', 'server.address', 'net.peer.ip'] as const;
export const PEER_PORT = ['network.peer.port', 'server.port', 'net.peer.port'] as const;
/** Filter state of weir: `ip:port,ip:port,..|model`, and the hash of a user. */
export const DECISION = 'weir.decision';
export const HASHED_USER = 'weir.user';
export const USER = ['enduser.id', 'user.id'] as const;
export const NODE = 'node_id';
export const SERVICE = 'service.name';
export const INSTANCE = 'service.instance.id';

/** Kept as they come: they say nothing of a person. */
export const KEPT = [
  ...['http.route', 'error.type', 'response_flags', 'upstream_cluster', 'request_size', 'response_size'],
  ...['rpc.system', 'rpc.service', 'rpc.method', 'rpc.grpc.status_code', 'grpc.status_code'],
  ...['db.system', 'db.system.name', 'db.operation.name', 'messaging.system', 'messaging.operation.type'],
  ...['guid:x-request-id'],
] as const;

const READ: readonly string[] = [
  ...[...METHOD, ...STATUS, ...URL_KEYS, ...PEER, ...PEER_ADDRESS, ...PEER_PORT, ...USER],
  ...[QUERY, UPSTREAM, DECISION, HASHED_USER, NODE, SERVICE, INSTANCE],
];

/** @param allow what an operator allows beside them */
export function wantedAttributes(allow: readonly string[]): ReadonlySet<string> {
  return new Set([...READ, ...KEPT, ...allow]);
}
