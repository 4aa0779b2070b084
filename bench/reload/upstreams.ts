// The endpoints of the measurement: plain Node servers that send back what they got and say who they are.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Upstreams {
  /** `ip:port`, also the answers' `x-served-by`. */
  readonly addresses: readonly string[];
  stop(): Promise<void>;
}

export async function startUpstreams(count: number): Promise<Upstreams> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(echo)));
  return {
    addresses: servers.map(addressOf),
    stop: async () => {
      await Promise.all(servers.map(close));
    },
  };
}

export interface ListenPlace {
  readonly host: string;
  readonly port: number;
}

export async function listen(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  { host, port }: ListenPlace = { host: '127.0.0.1', port: 0 },
): Promise<Server> {
  const server = createServer(handler);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}

export const portOf = (server: Server): number => (server.address() as AddressInfo).port;

const addressOf = (server: Server): string => `127.0.0.1:${portOf(server)}`;

export function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  return closed;
}

function echo(request: IncomingMessage, response: ServerResponse): void {
  const { address, port } = request.socket.address() as AddressInfo;
  response.writeHead(200, { 'x-served-by': `${address}:${port}` });
  request.pipe(response);
}
