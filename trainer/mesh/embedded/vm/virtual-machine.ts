// One instance of plugin.wasm, as Envoy has one a worker thread: its contexts, and the way in and out of it.
import { linkImports } from '../calls/imports.js';
import { ABI_MARKERS, Status } from './abi.js';
import type { Context } from './context.js';
import type { HeaderMap } from './header-map.js';
import { HttpCalls } from './http-calls.js';
import { GuestMemory } from './memory.js';
import type { VmOptions } from './options.js';
import type { PropertyProvider } from './property.js';
import { RootContext } from './root-context.js';
import type { Stream } from './stream.js';
import { wasm, type GuestFunction, type WasmMemory, type WasmModule } from './webassembly.js';

const nothing = (): void => undefined;

export class VirtualMachine {
  readonly memory: GuestMemory;
  readonly httpCalls = new HttpCalls();
  /** What may be called out while the module starts or allocates, as Envoy restricts it; absent: everything. */
  restriction: 'starting' | 'allocating' | undefined;
  private readonly exports: Readonly<Record<string, unknown>>;
  private readonly contexts = new Map<number, Context>();
  private readonly roots = new Map<string, RootContext>();
  private lastContextId = 0;
  private current: Context | undefined;
  private effective: Context | undefined;
  private trap: Error | undefined;

  /** Compile once, then share the module between VMs. */
  static compile(bytes: Uint8Array): Promise<WasmModule> {
    return wasm.compile(bytes);
  }

  /** Throws where the module is no proxy-wasm plugin; a plugin that traps while it starts is a failed VM. */
  constructor(readonly options: VmOptions) {
    this.exports = new wasm.Instance(options.module, linkImports(this, options.module)).exports;
    if (!ABI_MARKERS.some((marker) => this.has(marker))) {
      throw new Error(`the module exports none of ${ABI_MARKERS.join(', ')}: it is no proxy-wasm 0.2 plugin`);
    }
    // The order of proxy-wasm-cpp-host.
    const allocator = ['malloc', 'proxy_on_memory_allocate'].find((name) => this.has(name));
    if (allocator === undefined || this.exports['memory'] === undefined) {
      throw new Error('the module exports no memory, or neither malloc nor proxy_on_memory_allocate');
    }
    this.memory = new GuestMemory(this.exports['memory'] as WasmMemory, (size) =>
      this.restricted('allocating', () => Number((this.exports[allocator] as GuestFunction)(size))),
    );
    const start = this.has('_initialize') ? '_initialize' : '_start';
    this.restricted('starting', () => this.guarded(start, []));
  }

  get failed(): boolean {
    return this.trap !== undefined;
  }

  get failure(): Error | undefined {
    return this.trap;
  }

  get memoryBytes(): number {
    return this.memory.byteLength;
  }

  has(exported: string): boolean {
    return typeof this.exports[exported] === 'function';
  }

  root(plugin: string): RootContext | undefined {
    return this.roots.get(plugin);
  }

  /** Root contexts that are not deleted: the current ones, and those whose last stream is still under way. */
  rootContexts(): RootContext[] {
    return [...this.contexts.values()].filter((context) => context instanceof RootContext);
  }

  /**
   * Puts a configuration of a plugin in force; false when the plugin rejects it, and the one before stays. Several
   * plugins (Envoy: filters with the same vm_config) may live in one VM; `plugin` tells them apart for the host.
   */
  configure(plugin: string, configuration: string, rootId = plugin): boolean {
    if (this.failed) return false;
    const root = this.createRoot(rootId, configuration);
    if (!root.start()) {
      root.retire();
      return false;
    }
    this.roots.get(plugin)?.retire();
    this.roots.set(plugin, root);
    return true;
  }

  /** Whether a fresh VM accepts the configuration: Envoy's check on the main thread before any worker gets it. */
  validate(configuration: string, rootId: string): boolean {
    return VirtualMachine.accepts(this.options, configuration, rootId);
  }

  static accepts(options: VmOptions, configuration: string, rootId: string): boolean {
    const canary = new VirtualMachine({
      ...options,
      httpCall: () => Status.INTERNAL_FAILURE,
      cancelHttpCall: nothing,
      onTickPeriod: nothing,
      onFailure: nothing,
      onCallback: nothing,
      onHostCall: nothing,
    });
    // Thrown away as it is, without done and delete, as Envoy does.
    return !canary.failed && canary.createRoot(rootId, configuration).start();
  }

  /** A request on the configuration in force. On a failed VM it passes through untouched. */
  openStream(plugin: string, properties?: PropertyProvider): Stream {
    const root = this.roots.get(plugin);
    if (root === undefined) throw new Error(`no configuration is in force for plugin "${plugin}"`);
    return root.openStream(properties);
  }

  /** Runs proxy_on_tick for every root context that asked for ticks; a timer of the host decides when. */
  tick(): void {
    for (const root of this.rootContexts()) if (root.tickPeriod > 0) root.tick();
  }

  /** Answers an http call; false when it is unknown, answered or cancelled. */
  deliver(token: number, headers: HeaderMap, body?: Uint8Array, trailers?: HeaderMap): boolean {
    return this.httpCalls.answer(token, headers, body, trailers);
  }

  /** The connection of an http call broke: the plugin sees no headers and no body. */
  failCall(token: number): boolean {
    return this.httpCalls.answer(token);
  }

  /** A new VM under the same configurations, as Envoy makes after a trap (failure_policy FAIL_RELOAD). */
  reload(): VirtualMachine {
    const fresh = new VirtualMachine(this.options);
    for (const [plugin, root] of this.roots) fresh.configure(plugin, root.configuration, root.rootId);
    return fresh;
  }

  /** Ends every root context, each after its last stream. */
  close(): void {
    for (const root of this.roots.values()) root.retire();
  }

  // What follows is for contexts and host calls.

  /** The context that host calls act on. */
  get context(): Context | undefined {
    return this.effective ?? this.current;
  }

  setEffectiveContext(id: number): number {
    const context = this.contexts.get(id);
    if (context === undefined) return Status.BAD_ARGUMENT;
    this.effective = context;
    return Status.OK;
  }

  adopt<C extends Context>(create: (id: number) => C): C {
    const context = create(++this.lastContextId);
    this.contexts.set(context.id, context);
    return context;
  }

  forget(context: Context): void {
    this.contexts.delete(context.id);
    if (context instanceof RootContext) this.httpCalls.cancel(context);
  }

  /** Calls an exported callback; undefined where there is none, or the VM failed (now or before). */
  invoke(context: Context, callback: string, ...args: number[]): number | undefined {
    if (this.failed || !this.has(callback)) return undefined;
    this.options.onCallback?.(callback, context.id);
    const { current, effective } = this;
    this.current = context;
    this.effective = undefined;
    const result = this.guarded(callback, args);
    this.current = current;
    this.effective = effective;
    return result;
  }

  private createRoot(rootId: string, configuration: string): RootContext {
    return this.adopt((id) => new RootContext(this, id, rootId, configuration));
  }

  private guarded(exported: string, args: number[]): number | undefined {
    if (!this.has(exported)) return undefined;
    this.options.process.enter();
    try {
      const result = (this.exports[exported] as GuestFunction)(...args);
      return result === undefined ? undefined : Number(result);
    } catch (error) {
      this.trap = error instanceof Error ? error : new Error(String(error));
      this.options.log?.('critical', `${exported} failed: ${this.trap.message}`);
      this.options.onFailure?.(this.trap);
      return undefined;
    } finally {
      this.options.process.leave();
    }
  }

  private restricted<T>(kind: 'starting' | 'allocating', work: () => T): T {
    const outer = this.restriction;
    this.restriction = kind;
    try {
      return work();
    } finally {
      this.restriction = outer;
    }
  }
}
