// Sidecars of a few lines: HTTP proxies in this process that take turns over the endpoints.
import { Agent, createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Engine, Sidecar, SidecarSpec } from '../../../trainer/mesh/engine.js';

export class FakeEngine implements Engine {
  readonly name = 'embedded';
  readonly description = 'fake engine';
  readonly started: SidecarSpec[] = [];
  readonly stopped: string[] = [];
  /** Ends a sidecar as a crash would. */
  readonly crash = new Map<string, (reason: string) => void>();

  /** @param stats what every sidecar answers */
  constructor(
    readonly stats: (id: string) => Map<string, number> = () => new Map(),
    readonly failOn?: string,
  ) {}

  async start(spec: SidecarSpec): Promise<Sidecar> {
    if (spec.id === this.failOn) throw new Error(`${spec.id} cannot start`);
    this.started.push(spec);
    const agent = new Agent({ keepAlive: true });
    const servers: Server[] = [];
    const open = async (targets: readonly string[]) => {
      const server = proxy(targets, agent);
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return `127.0.0.1:${(server.address() as AddressInfo).port}`;
    };
    const outbound = new Map<string, string>();
    for (const { service, endpoints } of spec.outbound) outbound.set(service, await open(endpoints));
    const inbound = spec.appPort === undefined ? undefined : await open([`127.0.0.1:${spec.appPort}`]);
    const ended = new Promise<string>((resolve) => this.crash.set(spec.id, resolve));
    return {
      id: spec.id,
      ...(inbound === undefined ? {} : { inbound }),
      outbound: (service) => outbound.get(service)!,
      stats: () => Promise.resolve(this.stats(spec.id)),
      residentBytes: () => 0,
      ended,
      stop: () => {
        this.stopped.push(spec.id);
        agent.destroy();
        for (const server of servers) {
          server.close();
          server.closeAllConnections();
        }
        this.crash.get(spec.id)!('stopped');
        return Promise.resolve();
      },
    };
  }
}

function proxy(targets: readonly string[], agent: Agent): Server {
  let turn = 0;
  return createServer((req, res) => {
    const [host, port] = targets[turn++ % targets.length]!.split(':');
    const onward = httpRequest({ host, port, path: req.url, headers: req.headers, agent }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    onward.on('error', () => res.writeHead(503).end());
    req.pipe(onward);
  });
}
