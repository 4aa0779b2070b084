// One request and its response through a listener: filter, balancing, forwarding, filter again.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { HeaderMap } from '../vm/header-map.js';
import type { PropertyProvider } from '../vm/property.js';
import type { Stream } from '../vm/stream.js';
import { hasBody, requestHeaders, responseHeaders, writeHead } from './messages.js';
import type { Route } from './route.js';
import { ResponseFlag, StreamInfo } from './stream-info.js';
import type { AttemptResult } from './upstream.js';

export type OpenStream = (properties: PropertyProvider) => Stream | undefined;

/** Local replies of Envoy's router, by what went wrong upstream. */
const FAILURES = {
  connect: {
    status: 503,
    flag: ResponseFlag.UPSTREAM_CONNECTION_FAILURE,
    details: 'upstream_reset_before_response_started{connection_failure}',
  },
  reset: {
    status: 503,
    flag: ResponseFlag.UPSTREAM_CONNECTION_TERMINATION,
    details: 'upstream_reset_before_response_started{connection_termination}',
  },
  none: { status: 503, flag: ResponseFlag.NO_HEALTHY_UPSTREAM, details: 'no_healthy_upstream' },
} as const;

export async function exchange(
  route: Route,
  openStream: OpenStream,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { remoteAddress = '', remotePort = 0 } = incoming.socket;
  const { cluster, direction } = route.options;
  const info = new StreamInfo(cluster, direction, `${remoteAddress}:${remotePort}`);
  const headers = requestHeaders(incoming);
  const body = hasBody(incoming) ? incoming : undefined;

  const stream = openStream(info.property);
  const abort = new AbortController();
  outgoing.once('close', () => {
    stream?.finish();
    // The client went away before it had its response.
    if (!outgoing.writableFinished) abort.abort();
  });

  stream?.requestHeaders(headers, body === undefined);
  if (stream?.localReply !== undefined) {
    const { status, headers: extra, body: text } = stream.localReply;
    return replyLocally(outgoing, stream, info, new HeaderMap([[':status', String(status)], ...extra]), text);
  }
  const result = await route.send(headers, body, remoteAddress, info, abort.signal);
  if (abort.signal.aborted) return;
  if (result !== undefined && 'response' in result) respond(route, result.response, stream, info, outgoing);
  else replyToFailure(route, result, stream, info, outgoing);
}

function respond(
  route: Route,
  response: IncomingMessage,
  stream: Stream | undefined,
  info: StreamInfo,
  outgoing: ServerResponse,
): void {
  info.status = response.statusCode ?? 0;
  info.details = 'via_upstream';
  route.count(`upstream_rq_${Math.floor(info.status / 100)}xx`);
  const headers = responseHeaders(response);
  stream?.responseHeaders(headers, false);
  writeHead(outgoing, headers);
  // A broken upstream breaks the downstream connection, too: that is how a client sees a truncated body.
  pipeline(response, outgoing, () => undefined);
}

function replyToFailure(
  route: Route,
  result: Exclude<AttemptResult, { response: unknown }> | undefined,
  stream: Stream | undefined,
  info: StreamInfo,
  outgoing: ServerResponse,
): void {
  const { status, flag, details } = FAILURES[result?.failure ?? 'none'];
  info.flags |= flag;
  info.details = details;
  route.count(`upstream_rq_${Math.floor(status / 100)}xx`);
  const text = result === undefined ? 'no healthy upstream' : `upstream ${result.failure}: ${result.reason}`;
  replyLocally(outgoing, stream, info, new HeaderMap([[':status', String(status)]]), Buffer.from(text));
}

/** The filter sees a local reply on its way out as it sees any response. */
function replyLocally(
  outgoing: ServerResponse,
  stream: Stream | undefined,
  info: StreamInfo,
  headers: HeaderMap,
  body: Uint8Array,
): void {
  info.status = Number(headers.get(':status'));
  if (headers.get('content-type') === undefined) headers.add('content-type', 'text/plain');
  headers.replace('content-length', String(body.byteLength));
  stream?.responseHeaders(headers, false);
  writeHead(outgoing, headers);
  outgoing.end(body);
}
