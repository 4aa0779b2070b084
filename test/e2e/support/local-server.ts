// An HTTP server on loopback that can be killed like a crashed process and come back on the same port.
import { createServer, type RequestListener, type Server } from 'node:http';
import { Server as NetServer, type AddressInfo } from 'node:net';

export class LocalServer {
  readonly #handler: RequestListener;
  #server: Server | undefined;
  #port = 0;

  private constructor(handler: RequestListener) {
    this.#handler = handler;
  }

  static async start(handler: RequestListener): Promise<LocalServer> {
    const server = new LocalServer(handler);
    await server.restart();
    return server;
  }

  get port(): number {
    return this.#port;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Listens again, on the port that it had before. */
  async restart(): Promise<void> {
    if (this.#server) return;
    const server = createServer(this.#handler);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /**
   * Refuses new connections, and each one that is open gets one more answer with `connection: close`: the only way in
   * which a server can go without cutting a request in half or racing with one on its way.
   */
  drain(): void {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    server.prependListener('request', (_request, response) => (response.shouldKeepAlive = false));
    // The close of an HTTP server would also cut idle connections.
    NetServer.prototype.close.call(server);
  }

  /** Cuts every connection and refuses new ones. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
}
