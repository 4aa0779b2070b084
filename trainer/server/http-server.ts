// The HTTP server under the app: its timeouts, what it says to what is not HTTP, and how it ends.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { problemBody } from './problem.js';

/** Longer than any report interval: a connection that the sidecar's pool holds must not close under its next report. */
const KEEP_ALIVE_MS = 75_000;
const CLOSE_POLL_MS = 20;

export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  /** A request that takes longer to arrive is cut off. */
  readonly requestTimeoutMs: number;
}

export async function listen(
  listener: RequestListener,
  options: HttpServerOptions,
): Promise<[Server, number]> {
  const server = createServer(
    {
      requestTimeout: options.requestTimeoutMs,
      headersTimeout: options.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(1000, options.requestTimeoutMs),
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    listener,
  );
  server.on('clientError', refuse);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return [server, (server.address() as AddressInfo).port];
}

/** Stops accepting, lets requests under way finish within `graceMs`, then cuts what is left. */
export async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  // A connection becomes idle when its request ends, and node:http looks for idle ones only when asked.
  const idle = setInterval(() => {
    server.closeIdleConnections();
  }, CLOSE_POLL_MS);
  const cut = setTimeout(() => {
    server.closeAllConnections();
  }, graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
}

/** Bytes that are not HTTP, or come too slowly. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, reason, detail] = refusal(error.code);
  const body = problemBody(status, detail);
  const head = `HTTP/1.1 ${status} ${reason}\r\nconnection: close\r\ncontent-type: application/problem+json`;
  socket.end(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function refusal(code: string | undefined): [status: number, reason: string, detail: string] {
  if (code === 'HPE_HEADER_OVERFLOW')
    return [431, 'Request Header Fields Too Large', 'the headers are too large'];
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return [408, 'Request Timeout', 'the request came too slowly'];
  return [400, 'Bad Request', 'this is not HTTP/1.1'];
}
