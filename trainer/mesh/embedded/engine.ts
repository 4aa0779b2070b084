// The embedded engine: sidecars inside this process, with plugin.wasm in a proxy-wasm host of its own. It runs where
// there is no Envoy, and starts in milliseconds.
import { appendFileSync, mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Agent } from 'node:http';
import { join } from 'node:path';
import type { Engine, EngineFiles, SidecarSpec } from '../engine.js';
import { createBalancer } from './proxy/balancer.js';
import { parseFilterConfig } from './proxy/filter-config.js';
import { FilterHost, type Role } from './proxy/filter-host.js';
import { Stats } from './proxy/stats.js';
import { trainerCluster } from './proxy/trainer-cluster.js';
import { createAgent } from './proxy/upstream.js';
import { WatchedFile } from './proxy/watched-file.js';
import { EmbeddedSidecar } from './sidecar.js';
import { VirtualMachine } from './vm/virtual-machine.js';
import type { WasmModule } from './vm/webassembly.js';

export class EmbeddedEngine implements Engine {
  readonly name = 'embedded';
  readonly description = `embedded proxy-wasm host (Node ${process.version})`;
  private readonly configs: Readonly<Record<Role, WatchedFile>>;
  private module: Promise<WasmModule> | undefined;

  constructor(private readonly files: EngineFiles) {
    // Shared by the sidecars: one watch a file, however many they are.
    this.configs = {
      client: new WatchedFile(files.clientConfig),
      server: new WatchedFile(files.serverConfig),
    };
  }

  async start(spec: SidecarSpec): Promise<EmbeddedSidecar> {
    createBalancer(spec.balancing); // Refuses a policy that only Envoy has, before anything is open.
    const stats = new Stats();
    const agent = createAgent();
    const filter = spec.balancing === 'weir' ? await this.createFilter(spec, stats, agent) : undefined;
    const subscriptions: (() => void)[] = [];
    const release = () => subscriptions.forEach((unsubscribe) => unsubscribe());
    const sidecar = new EmbeddedSidecar(spec, { filter, agent, stats, release });
    try {
      if (filter)
        for (const role of this.roles(spec)) subscriptions.push(this.configure(filter, role, stats));
      await sidecar.listen();
    } catch (error) {
      await sidecar.stop();
      throw error;
    }
    return sidecar;
  }

  private async createFilter(spec: SidecarSpec, stats: Stats, agent: Agent): Promise<FilterHost> {
    mkdirSync(this.files.runDir, { recursive: true });
    const logFile = join(this.files.runDir, `${spec.id}.log`);
    return new FilterHost({
      module: await this.compile(),
      workers: spec.workers,
      nodeId: spec.id,
      stats,
      httpCall: trainerCluster(spec.trainerPort, agent),
      log: (line) => appendFileSync(logFile, `${new Date().toISOString()} ${line}\n`),
    });
  }

  /** The filters that this sidecar has: no configuration is applied for a role that it does not play. */
  private roles({ appPort, outbound }: SidecarSpec): Role[] {
    return [
      ...(outbound.length > 0 ? ['client' as const] : []),
      ...(appPort !== undefined ? ['server' as const] : []),
    ];
  }

  /** Applies the configuration as the file has it, which must succeed, and whatever the file has from then on. */
  private configure(filter: FilterHost, role: Role, stats: Stats): () => void {
    const file = this.configs[role];
    const initial = file.read();
    if (!filter.apply(role, parseFilterConfig(initial, file.path))) {
      throw new Error(`${file.path}: the filter rejected its configuration: ${filter.lastLogLine}`);
    }
    return file.subscribe(initial, (text) => {
      try {
        filter.apply(role, parseFilterConfig(text, file.path));
      } catch (error) {
        stats.add('extension_config_discovery.rejected');
        filter.log(`[main][error] ${(error as Error).message}`);
      }
    });
  }

  private compile(): Promise<WasmModule> {
    this.module ??= readFile(this.files.plugin).then((bytes) => VirtualMachine.compile(bytes));
    return this.module;
  }
}
