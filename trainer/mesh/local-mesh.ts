// A mesh on this machine: applications, a sidecar before each endpoint, client sidecars, and the load.
import { callGraph, levelsLeavesFirst } from '../environment/call-graph.js';
import { expandEndpoints, findService } from '../environment/capacity.js';
import type { Scenario, Service } from '../environment/scenario.js';
import { Cleanup } from './apps/cleanup.js';
import { endpointName } from './apps/messages.js';
import { startApps, type Apps } from './apps/start.js';
import type { Engine, OutboundService, Sidecar, SidecarSpec } from './engine.js';
import type { LoadPlan, LoadReport } from './load/messages.js';
import { startLoad, type Load } from './load/start.js';

export interface MeshEndpoint {
  /** `api-2`; also the node id of its sidecar. */
  readonly name: string;
  readonly service: string;
  /** `ip:port` of the sidecar before it, which is where its callers' sidecars send requests. */
  readonly address: string;
  readonly speed: number;
  readonly workers: number;
}

export interface LocalMeshOptions {
  readonly scenario: Scenario;
  readonly engine: Engine;
  readonly balancing: SidecarSpec['balancing'];
  readonly trainerPort: number;
  /** Share of the requests that are traced, 0..1; absent or 0: none, and no sidecar traces. */
  readonly tracedShare?: number;
  /** Told the endpoints known so far before the sidecars that call them start. */
  readonly announce?: (endpoints: readonly MeshEndpoint[]) => Promise<void>;
  readonly load: Pick<LoadPlan, 'warmup' | 'seconds' | 'requests'>;
  /** Four times a second while the load runs. */
  readonly onReport?: (report: LoadReport) => void;
  /** Ends the processes of the mesh even if this one is killed. */
  readonly guard?: { watch(pid: number): void; release(pid: number): void };
  /** Gives up between two steps of the start. */
  readonly signal?: AbortSignal;
}

export interface LocalMesh {
  readonly endpoints: readonly MeshEndpoint[];
  readonly clients: readonly Sidecar[];
  readonly load: Load;
  /** The load begins, and with it the time that faults count. */
  start(): void;
  /** Resolves, with a line that says what, when a part ended that should not have. */
  readonly failed: Promise<string>;
  /** Stops all parts in reverse order. */
  stop(): Promise<void>;
}

/** How many sidecars start at the same time: each keeps a core busy for a moment. */
const STARTS_AT_ONCE = 3;

/** Resolves when everything stands ready; on an error what had been started is stopped first. */
export async function startLocalMesh(options: LocalMeshOptions): Promise<LocalMesh> {
  const cleanup = new Cleanup();
  try {
    return await new Assembly(options, cleanup).run();
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

class Assembly {
  readonly #endpoints: MeshEndpoint[] = [];
  readonly #sidecars = new Map<string, Sidecar>();
  #stopping = false;
  #fail!: (reason: string) => void;
  readonly #failed = new Promise<string>((resolve) => (this.#fail = resolve));

  constructor(
    readonly options: LocalMeshOptions,
    readonly cleanup: Cleanup,
  ) {}

  async run(): Promise<LocalMesh> {
    const { scenario } = this.options;
    this.cleanup.add(() => (this.#stopping = true));
    const apps = await startApps(scenario, (pid) => this.#guard(pid));
    this.#own('the applications', apps);
    for (const level of levelsLeavesFirst(callGraph(scenario.services)))
      await this.#startLevel(
        level.map((name) => findService(scenario, name)),
        apps,
      );
    apps.setOutbound(this.#outboundAddresses());
    const clients = await this.#startClients();
    const load = await this.#startLoad(clients);
    return {
      // As the scenario has them, which is from the entry on.
      endpoints: scenario.services.flatMap(({ name }) => this.#endpoints.filter((e) => e.service === name)),
      clients,
      load,
      start: () => {
        apps.start();
        load.start();
      },
      failed: this.#failed,
      stop: () => {
        this.#stopping = true;
        return this.cleanup.run();
      },
    };
  }

  /** The sidecars of services that call only services which are there already. */
  async #startLevel(services: readonly Service[], apps: Apps): Promise<void> {
    const starts = services.flatMap((service) =>
      expandEndpoints(service).map(({ speed, workers }, index) => ({
        service,
        speed,
        workers,
        name: endpointName(service.name, index),
      })),
    );
    const sidecars = await this.#startAll(
      starts.map(({ service, name }) => ({
        id: name,
        ...this.#tracing(service.name),
        // One that balances nothing needs no more.
        workers: service.calls.length > 0 ? this.options.scenario.workersPerProxy : 1,
        appPort: apps.ports[name]!,
        outbound: callGraph([service])
          .get(service.name)!
          .map((callee) => this.#outbound(callee)),
      })),
    );
    for (const [i, { service, name, speed, workers }] of starts.entries()) {
      const address = sidecars[i]!.inbound;
      if (address === undefined) throw new Error(`sidecar ${name} has no inbound address`);
      this.#endpoints.push({ name, service: service.name, address, speed, workers });
    }
    await this.options.announce?.(this.#endpoints);
  }

  #startClients(): Promise<Sidecar[]> {
    const { proxies, workersPerProxy: workers, load } = this.options.scenario;
    const outbound = [this.#outbound(load.service)];
    return this.#startAll(
      Array.from({ length: proxies }, (_, i) => ({
        ...{ id: `client-${i}`, workers, outbound },
        ...this.#tracing('client'),
      })),
    );
  }

  async #startLoad(clients: readonly Sidecar[]): Promise<Load> {
    const { scenario, onReport = () => {} } = this.options;
    const proxies = clients.map((client) => client.outbound(scenario.load.service));
    const plan = { scenario, proxies, ...this.options.load };
    const load = await startLoad(plan, onReport, (pid) => this.#guard(pid));
    this.#own('the load generator', load);
    return load;
  }

  /** In order; each that started is stopped with the mesh, also if another one fails. */
  async #startAll(
    specs: readonly Omit<SidecarSpec, 'trainerPort' | 'balancing' | 'callersTimeOut'>[],
  ): Promise<Sidecar[]> {
    const { engine, trainerPort, balancing } = this.options;
    const started: Sidecar[] = [];
    let next = 0;
    const lane = async () => {
      for (let i = next++; i < specs.length; i = next++) {
        this.options.signal?.throwIfAborted();
        const spec = { ...specs[i]!, trainerPort, balancing, callersTimeOut: true } as const;
        const sidecar = await engine.start(spec);
        this.#own(`sidecar ${sidecar.id}`, sidecar);
        this.#sidecars.set(sidecar.id, sidecar);
        started[i] = sidecar;
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: STARTS_AT_ONCE }, lane));
    for (const result of lanes) if (result.status === 'rejected') throw result.reason;
    return started;
  }

  #tracing(service: string): Pick<SidecarSpec, 'tracing'> {
    const { tracedShare: sampledShare = 0 } = this.options;
    return sampledShare > 0 ? { tracing: { service, sampledShare } } : {};
  }

  #outbound(service: string): OutboundService {
    const endpoints = this.#endpoints.filter((e) => e.service === service).map((e) => e.address);
    return { service, endpoints };
  }

  #outboundAddresses(): Record<string, Record<string, string>> {
    const entries = this.#endpoints.map(({ name, service }) => {
      const callees = callGraph(this.options.scenario.services).get(service) ?? [];
      const addresses = callees.map(
        (callee) => [callee, this.#sidecars.get(name)!.outbound(callee)] as const,
      );
      return [name, Object.fromEntries(addresses)] as const;
    });
    return Object.fromEntries(entries);
  }

  #own(name: string, part: { readonly ended: Promise<string>; stop(): Promise<void> }): void {
    this.cleanup.add(() => part.stop());
    void part.ended.then((reason) => {
      if (!this.#stopping) this.#fail(`${name} ended: ${reason}`);
    });
  }

  #guard(pid: number): void {
    const { guard } = this.options;
    if (!guard) return;
    guard.watch(pid);
    this.cleanup.add(() => guard.release(pid));
  }
}
