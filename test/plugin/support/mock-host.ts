// A mock proxy-wasm host: drives plugin.wasm by the callbacks that Envoy makes, in virtual time, and shows what the
// plugin did.
//
//   const host = await MockHost.start({ config: { role: 'client', policy: 'random' } });
//   const stream = host.request({ ':path': '/a' }, { cluster: 'api' });
//   stream.respond({ 'x-weir-load': 'q=1' }, { upstream: '127.0.0.1:9001' }).finish();
//   host.advance(1000);
//   host.answer({ nextMs: 1000, proxies: 1, clusters: [] });
import { Status, type LogLevel } from '../../../trainer/mesh/embedded/vm/abi.js';
import type { HeaderRecord } from '../../../trainer/mesh/embedded/vm/header-map.js';
import type { Metrics } from '../../../trainer/mesh/embedded/vm/metrics.js';
import type { VmOptions } from '../../../trainer/mesh/embedded/vm/options.js';
import { ProcessState } from '../../../trainer/mesh/embedded/vm/process-state.js';
import type { PropertyValue } from '../../../trainer/mesh/embedded/vm/property.js';
import type { SharedData } from '../../../trainer/mesh/embedded/vm/shared-data.js';
import { VirtualMachine } from '../../../trainer/mesh/embedded/vm/virtual-machine.js';
import type { WasmModule } from '../../../trainer/mesh/embedded/vm/webassembly.js';
import { CallRecord } from './call-record.js';
import { MockHttpCall, type Answer } from './mock-http-call.js';
import { MockStream, type RequestOptions } from './mock-stream.js';
import { pluginModule } from './plugin-module.js';
import { seededFill } from './seeded-random.js';
import { VirtualClock } from './virtual-clock.js';

export interface MockHostOptions {
  /** The plugin's configuration: an object becomes JSON, a string stays. */
  readonly config: object | string;
  readonly nodeId?: string;
  /** Where the virtual clock starts, in milliseconds since 1970. */
  readonly nowMs?: number;
  /** Of the plugin's randomness (WASI random_get). */
  readonly seed?: number;
  readonly workers?: number;
  /** Path or bytes of the plugin; build/plugin.wasm when absent. */
  readonly plugin?: string | Uint8Array;
  readonly rootId?: string;
  readonly vmId?: string;
  readonly vmConfiguration?: string;
  /** Properties that do not depend on the stream, by their dotted names. */
  readonly properties?: Readonly<Record<string, PropertyValue>>;
}

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  /** Index of the worker; -1: the VM that validates configurations. */
  readonly worker: number;
}

interface Worker {
  record: CallRecord;
  machine: VirtualMachine;
}

const PLUGIN = 'plugin';

function configText(config: object | string): string {
  return typeof config === 'string' ? config : JSON.stringify(config);
}

export class MockHost {
  readonly logs: LogLine[] = [];
  readonly httpCalls: MockHttpCall[] = [];
  /** Traps of the plugin. */
  readonly failures: Error[] = [];
  /** Status by which http calls are refused; OK: they are taken. */
  httpCallStatus: number = Status.OK;
  private readonly process = new ProcessState();
  private readonly workers: Worker[] = [];
  private readonly clock: VirtualClock;
  private readonly random: (into: Uint8Array) => void;
  private config: string;

  private constructor(
    private readonly module: WasmModule,
    private readonly options: MockHostOptions,
  ) {
    this.clock = new VirtualClock(options.nowMs ?? 1_700_000_000_000);
    this.random = seededFill(options.seed ?? 1);
    this.config = configText(options.config);
  }

  /** Throws, with what the plugin logged, where the plugin rejects the configuration. */
  static async start(options: MockHostOptions): Promise<MockHost> {
    const host = new MockHost(await pluginModule(options.plugin), options);
    if (!host.accepts(options.config)) throw new Error(`the configuration was rejected: ${host.logText()}`);
    for (let index = 0; index < (options.workers ?? 1); index++) host.addWorker();
    return host;
  }

  /** What the plugin logs when it rejects the configuration; undefined when it accepts. */
  static async rejection(options: MockHostOptions): Promise<string | undefined> {
    const host = new MockHost(await pluginModule(options.plugin), options);
    return host.accepts(options.config) ? undefined : host.logText();
  }

  get nowMs(): number {
    return this.clock.milliseconds;
  }

  get metrics(): Metrics {
    return this.process.metrics;
  }

  /** A counter or gauge; 0 when it was never defined, as Envoy's admin page has nothing to show then. */
  metric(name: string): number {
    return this.metrics.get(name) ?? 0;
  }

  get sharedData(): SharedData {
    return this.process.data(this.options.vmId ?? '');
  }

  logText(): string {
    return this.logs.map(({ message }) => message).join('\n');
  }

  /** Size of a worker's linear memory. */
  memoryBytes(worker = 0): number {
    return this.worker(worker).machine.memoryBytes;
  }

  machine(worker = 0): VirtualMachine {
    return this.worker(worker).machine;
  }

  /** Host calls of the latest callback of that name on a worker: `proxy_on_tick`. */
  lastCalls(callback: string, worker = 0): readonly string[] {
    return this.worker(worker).record.lastCalls(callback);
  }

  /** One more VM of this process, under the configuration in force. Returns its index. */
  addWorker(): number {
    const index = this.workers.length;
    const record = new CallRecord();
    this.workers.push({ record, machine: this.createMachine(index, record) });
    return index;
  }

  /** New VMs in place of the present ones, as on a change of vm_config: globals are lost, shared data stays. */
  newVm(): this {
    this.workers.forEach((worker, index) => {
      const old = worker.machine;
      // Envoy brings the new VM up before it takes the old one down.
      worker.record = new CallRecord();
      worker.machine = this.createMachine(index, worker.record);
      old.close();
    });
    return this;
  }

  /** As ECDS does it: validated in a fresh VM, then put in force on every worker. */
  reconfigure(config: object | string): boolean {
    const text = configText(config);
    if (!this.accepts(text)) return false;
    const accepted = this.workers.map(({ machine }) => machine.configure(PLUGIN, text, this.rootId));
    this.config = text;
    return accepted.every(Boolean);
  }

  request(headers: HeaderRecord = {}, options: RequestOptions = {}): MockStream {
    const { machine, record } = this.worker(options.worker ?? 0);
    return new MockStream((properties) => machine.openStream(PLUGIN, properties), record, headers, options);
  }

  /** Moves the clock; every tick on the way comes when it is due. */
  advance(milliseconds: number): this {
    this.clock.advance(milliseconds);
    return this;
  }

  /** Sets the wall clock forward, or back: time jumps, nothing happens meanwhile. */
  setClock(byMilliseconds: number): this {
    this.clock.wallOffsetMs += byMilliseconds;
    return this;
  }

  /** Calls that wait for an answer, oldest first. */
  get pendingCalls(): MockHttpCall[] {
    return this.httpCalls.filter(({ answered }) => !answered);
  }

  /** Answers the oldest waiting http call: JSON, a text, or a status. */
  answer(answer: Answer = {}): this {
    this.oldestCall().answer(answer);
    return this;
  }

  /** Breaks the connection of the oldest waiting http call. */
  failCall(): this {
    this.oldestCall().fail();
    return this;
  }

  private get rootId(): string {
    return this.options.rootId ?? 'weir';
  }

  private accepts(config: object | string): boolean {
    return VirtualMachine.accepts(this.vmOptions(-1, new CallRecord()), configText(config), this.rootId);
  }

  private oldestCall(): MockHttpCall {
    const [oldest] = this.pendingCalls;
    if (oldest === undefined) throw new Error('the plugin waits for no http call');
    return oldest;
  }

  private worker(index: number): Worker {
    const worker = this.workers[index];
    if (worker === undefined) throw new Error(`there is no worker ${index}`);
    return worker;
  }

  private createMachine(index: number, record: CallRecord): VirtualMachine {
    const machine = new VirtualMachine(this.vmOptions(index, record));
    if (!machine.configure(PLUGIN, this.config, this.rootId)) {
      throw new Error(`worker ${index} rejected a configuration that was validated: ${this.logText()}`);
    }
    return machine;
  }

  private vmOptions(worker: number, record: CallRecord): VmOptions {
    const { nodeId = 'sidecar~test', vmId = '', vmConfiguration = '', properties = {} } = this.options;
    const known = new Map<string, PropertyValue>(
      Object.entries({ 'node.id': nodeId, 'xds.node.id': nodeId, ...properties }),
    );
    return {
      module: this.module,
      process: this.process,
      vmId,
      vmConfiguration,
      now: () => this.clock.nanoseconds,
      random: this.random,
      property: (path) => known.get(path.join('.')),
      httpCall: (call) => {
        if (this.httpCallStatus === Status.OK) this.httpCalls.push(new MockHttpCall(call, worker));
        return this.httpCallStatus;
      },
      log: (level, message) => this.logs.push({ level, message, worker }),
      onTickPeriod: (root, milliseconds) => this.clock.setTickPeriod(root, milliseconds),
      onFailure: (error) => this.failures.push(error),
      onCallback: (name, contextId) => record.callback(name, contextId),
      onHostCall: (name) => record.hostCall(name),
    };
  }
}
