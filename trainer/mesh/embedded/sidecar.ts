// One sidecar of the embedded engine: an inbound listener before its application, an outbound one for each service.
import type { Agent } from 'node:http';
import type { OutboundService, Sidecar, SidecarSpec } from '../engine.js';
import { ActiveRequests, createBalancer, type Balancer } from './proxy/balancer.js';
import { exchange } from './proxy/exchange.js';
import type { FilterHost, Role } from './proxy/filter-host.js';
import { Listener } from './proxy/listener.js';
import { Route } from './proxy/route.js';
import type { Stats } from './proxy/stats.js';
import type { Direction } from './proxy/stream-info.js';
import type { PropertyProvider } from './vm/property.js';

/** Cluster of the application, which needs no balancing. */
const APPLICATION_CLUSTER = 'inbound';
const WASM_STATS_PREFIX = 'wasmcustom.';

export interface SidecarParts {
  /** Absent when Envoy's own policies are compared. */
  readonly filter: FilterHost | undefined;
  readonly agent: Agent;
  readonly stats: Stats;
  /** Ends what the engine keeps for this sidecar. */
  readonly release: () => void;
}

export class EmbeddedSidecar implements Sidecar {
  readonly id: string;
  /** Set by `listen` where there is an application. */
  inbound?: string;
  readonly ended: Promise<string>;
  private readonly active = new ActiveRequests();
  private readonly listeners: Listener[] = [];
  private readonly outbounds = new Map<string, string>();
  private end: (why: string) => void = () => undefined;
  private stopped = false;

  constructor(
    private readonly spec: SidecarSpec,
    private readonly parts: SidecarParts,
  ) {
    this.id = spec.id;
    this.ended = new Promise((resolve) => (this.end = resolve));
  }

  async listen(): Promise<void> {
    const { appPort, outbound, balancing } = this.spec;
    for (const service of outbound) {
      this.outbounds.set(service.service, await this.open('client', service, createBalancer(balancing)));
    }
    if (appPort === undefined) return;
    const application = { service: APPLICATION_CLUSTER, endpoints: [`127.0.0.1:${appPort}`] };
    this.inbound = await this.open('server', application, createBalancer('round_robin'));
  }

  outbound(service: string): string {
    const address = this.outbounds.get(service);
    if (address === undefined) throw new Error(`sidecar ${this.id} does not call ${service}`);
    return address;
  }

  async stats(filter: string): Promise<Map<string, number>> {
    const pattern = new RegExp(filter);
    const custom = [...(this.parts.filter?.process.metrics.values() ?? [])].map(
      ([name, value]) => [WASM_STATS_PREFIX + name, value] as const,
    );
    return new Map([...this.parts.stats.entries(), ...custom].filter(([name]) => pattern.test(name)));
  }

  /** Of the whole process: all embedded sidecars share it. */
  residentBytes(): number {
    return process.memoryUsage.rss();
  }

  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    this.parts.release();
    await Promise.all(this.listeners.map((listener) => listener.close()));
    this.parts.filter?.close();
    this.parts.agent.destroy();
    this.end(`sidecar ${this.id} was stopped`);
  }

  /** Opens a listener and returns its address. */
  private async open(
    role: Role,
    { service, endpoints }: OutboundService,
    balancer: Balancer,
  ): Promise<string> {
    const { filter, agent, stats } = this.parts;
    const direction: Direction = role === 'client' ? 'outbound' : 'inbound';
    const overrideHost = role === 'client' && filter !== undefined;
    const common = { agent, stats, active: this.active, random: Math.random };
    const route = new Route({ cluster: service, direction, endpoints, balancer, overrideHost, ...common });
    const listener = await Listener.open(this.spec.workers, (worker, incoming, outgoing) => {
      const openStream = (properties: PropertyProvider) => filter?.open(worker, role, properties);
      exchange(route, openStream, incoming, outgoing).catch(() => outgoing.destroy());
    });
    this.listeners.push(listener);
    return listener.address;
  }
}
