// A listening socket of a sidecar. A connection belongs to one worker, as in Envoy.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Handler = (worker: number, incoming: IncomingMessage, outgoing: ServerResponse) => void;

/** Envoy's default idle timeout; longer than that of any client's pool, so that none meets a closed connection. */
const IDLE_TIMEOUT_MS = 3_600_000;

export class Listener {
  private constructor(
    private readonly server: Server,
    readonly address: string,
  ) {}

  static async open(workers: number, handle: Handler): Promise<Listener> {
    const workerOf = new WeakMap<object, number>();
    let connections = 0;
    const server = createServer(
      { keepAliveTimeout: IDLE_TIMEOUT_MS, requestTimeout: 0 },
      (incoming, outgoing) => handle(workerOf.get(incoming.socket) ?? 0, incoming, outgoing),
    );
    server.on('connection', (socket) => workerOf.set(socket, connections++ % workers));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new Listener(server, `127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }
}
