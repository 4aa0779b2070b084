// Between node:http's messages and the header maps that filters see.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { HeaderMap } from '../vm/header-map.js';

/** Of one connection only (RFC 9110 section 7.6.1), or handled by node:http itself. */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

function addEndToEnd(map: HeaderMap, raw: readonly string[]): HeaderMap {
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase();
    if (!HOP_BY_HOP.has(name)) map.add(name, raw[index + 1]!);
  }
  return map;
}

export function requestHeaders(incoming: IncomingMessage): HeaderMap {
  const pseudo = new HeaderMap([
    [':authority', incoming.headers.host ?? ''],
    [':path', incoming.url ?? '/'],
    [':method', incoming.method ?? 'GET'],
    [':scheme', 'http'],
  ]);
  return addEndToEnd(pseudo, incoming.rawHeaders);
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

export function responseHeaders(response: IncomingMessage): HeaderMap {
  return addEndToEnd(new HeaderMap([[':status', String(response.statusCode)]]), response.rawHeaders);
}

/** For a client request: the pseudo headers are told to node:http otherwise. */
export function outgoingHeaders(map: HeaderMap, chunked: boolean): OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = { host: map.get(':authority') ?? '' };
  if (chunked) headers['transfer-encoding'] = 'chunked';
  for (const [name, value] of map) {
    if (name.startsWith(':')) continue;
    const present = headers[name];
    headers[name] = present === undefined ? value : [present, value].flat();
  }
  return headers;
}

export function writeHead(outgoing: ServerResponse, map: HeaderMap): void {
  // What the upstream sent goes on as it is; the proxy adds no date of its own.
  outgoing.sendDate = false;
  const pairs = [...map].filter(([name]) => !name.startsWith(':'));
  outgoing.writeHead(Number(map.get(':status') ?? 200), pairs.flat());
}
