// The filter of one sidecar: a VM for each worker, both roles in it, configurations put in force and replaced.
import { randomFillSync } from 'node:crypto';
import type { HttpCall, VmOptions } from '../vm/options.js';
import { ProcessState } from '../vm/process-state.js';
import type { PropertyProvider } from '../vm/property.js';
import type { Stream } from '../vm/stream.js';
import { VirtualMachine } from '../vm/virtual-machine.js';
import type { WasmModule } from '../vm/webassembly.js';
import { monotonicNanoseconds, realtimeNanoseconds } from './clock.js';
import { vmKey, type FilterConfig } from './filter-config.js';
import type { Stats } from './stats.js';
import { TickTimers } from './tick-timers.js';

/** Envoy's default backoff between two reloads of a VM that failed (wasm.proto, ReloadConfig). */
const RELOAD_BACKOFF_NS = 1_000_000_000n;

/** Envoy serves the node both as an attribute of its own and under `xds`. */
const NODE_ID = /^(xds\.)?node\.id$/;

export type Role = 'client' | 'server';

export interface FilterHostOptions {
  readonly module: WasmModule;
  readonly workers: number;
  readonly nodeId: string;
  readonly stats: Stats;
  readonly httpCall: (call: HttpCall) => number;
  readonly log: (line: string) => void;
}

interface Worker {
  readonly index: number;
  /** By vm key: while nothing in vm_config differs, both roles share one VM. */
  readonly machines: Map<string, VirtualMachine>;
  lastReload: bigint;
}

export class FilterHost {
  readonly process = new ProcessState();
  lastLogLine = '';
  private readonly timers = new TickTimers();
  private readonly workers: Worker[];
  private readonly active = new Map<Role, FilterConfig>();

  constructor(private readonly options: FilterHostOptions) {
    this.workers = Array.from({ length: options.workers }, (_, index) => ({
      index,
      machines: new Map<string, VirtualMachine>(),
      lastReload: 0n,
    }));
  }

  /** Puts a configuration in force on every worker; false, and the old one stays, when the plugin rejects it. */
  apply(role: Role, config: FilterConfig): boolean {
    const { configuration, rootId } = config;
    const accepted =
      VirtualMachine.accepts(this.vmOptions('main', config), configuration, rootId) &&
      // Every worker gets it, also after one that refused.
      this.workers
        .map((worker) => this.working(worker, config).configure(role, configuration, rootId))
        .every(Boolean);
    this.options.stats.add(`extension_config_discovery.${accepted ? 'applied' : 'rejected'}`);
    if (!accepted) return false;
    this.active.set(role, config);
    this.dropUnused();
    return true;
  }

  /** A request on a worker; undefined while that worker has no working VM, and the request passes through. */
  open(workerIndex: number, role: Role, properties: PropertyProvider): Stream | undefined {
    const config = this.active.get(role);
    const worker = this.workers[workerIndex % this.workers.length];
    if (config === undefined || worker === undefined) return undefined;
    const machine = this.machine(worker, config);
    const due = monotonicNanoseconds() - worker.lastReload >= RELOAD_BACKOFF_NS;
    const usable = machine.failed && due ? this.reload(worker, config, machine) : machine;
    return usable.failed || usable.root(role) === undefined ? undefined : usable.openStream(role, properties);
  }

  log(line: string): void {
    this.lastLogLine = line;
    this.options.log(line);
  }

  close(): void {
    for (const { machines } of this.workers) for (const machine of machines.values()) machine.close();
    this.timers.clear();
  }

  private machine(worker: Worker, config: FilterConfig): VirtualMachine {
    const key = vmKey(config);
    const machine =
      worker.machines.get(key) ?? new VirtualMachine(this.vmOptions(`worker ${worker.index}`, config));
    worker.machines.set(key, machine);
    return machine;
  }

  private working(worker: Worker, config: FilterConfig): VirtualMachine {
    const machine = this.machine(worker, config);
    return machine.failed ? this.reload(worker, config, machine) : machine;
  }

  private reload(worker: Worker, config: FilterConfig, failed: VirtualMachine): VirtualMachine {
    worker.lastReload = monotonicNanoseconds();
    this.options.stats.add('wasm.vm_reload');
    const fresh = failed.reload();
    worker.machines.set(vmKey(config), fresh);
    return fresh;
  }

  /** VMs that no role uses any more end after their last stream. */
  private dropUnused(): void {
    const used = new Set([...this.active.values()].map(vmKey));
    for (const { machines } of this.workers) {
      for (const [key, machine] of machines) {
        if (used.has(key)) continue;
        machines.delete(key);
        machine.close();
      }
    }
  }

  private vmOptions(thread: string, config: FilterConfig): VmOptions {
    const { module, nodeId, stats, httpCall } = this.options;
    return {
      module,
      process: this.process,
      vmId: config.vmId,
      vmConfiguration: config.vmConfiguration,
      environment: config.environment,
      now: realtimeNanoseconds,
      monotonic: monotonicNanoseconds,
      random: (into) => void randomFillSync(into),
      property: (path) => (NODE_ID.test(path.join('.')) ? nodeId : undefined),
      httpCall,
      log: (level, message) => this.log(`[${thread}][${level}] ${message}`),
      onTickPeriod: (root, milliseconds) => this.timers.set(root, milliseconds),
      onFailure: () => stats.add('wasm.vm_failed'),
    };
  }
}
