// What a VM gets from its host. Time and randomness are arguments, so that tests run in virtual time and replay.
import type { LogLevel } from './abi.js';
import type { HeaderMap } from './header-map.js';
import type { ProcessState } from './process-state.js';
import type { PropertyProvider } from './property.js';
import type { RootContext } from './root-context.js';
import type { VirtualMachine } from './virtual-machine.js';
import type { WasmModule } from './webassembly.js';

export interface HttpCall {
  /** For `deliver` and `failCall`. */
  readonly token: number;
  readonly vm: VirtualMachine;
  readonly cluster: string;
  readonly headers: HeaderMap;
  readonly body: Uint8Array;
  readonly trailers: HeaderMap;
  /** 0: no limit. */
  readonly timeoutMs: number;
}

export interface VmOptions {
  /** From `VirtualMachine.compile`. */
  readonly module: WasmModule;
  /** Shared by the VMs of one Envoy process. */
  readonly process: ProcessState;
  /** Nanoseconds since 1970. */
  readonly now: () => bigint;
  /** Nanoseconds since an arbitrary moment, for WASI; `now` when absent. */
  readonly monotonic?: () => bigint;
  readonly random: (into: Uint8Array) => void;
  /** Shared data belongs to a vm_id; '' when absent. */
  readonly vmId?: string;
  readonly vmConfiguration?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Properties that do not depend on the stream: `node.id`. */
  readonly property?: PropertyProvider;
  /** Takes a call (status OK) or refuses it by another status. Absent: there are no clusters. */
  readonly httpCall?: (call: HttpCall) => number;
  readonly cancelHttpCall?: (token: number) => void;
  readonly log?: (level: LogLevel, message: string) => void;
  /** Least level that the host writes, for proxy_get_log_level; `info` when absent. */
  readonly logLevel?: LogLevel;
  /** The plugin wants a tick every so many milliseconds, the first a period from now; 0: none any more. */
  readonly onTickPeriod?: (root: RootContext, milliseconds: number) => void;
  /** The plugin trapped: from now on the VM is not called. */
  readonly onFailure?: (error: Error) => void;
  /** For tests: every callback before it runs, every host call with its answer. */
  readonly onCallback?: (name: string, contextId: number) => void;
  readonly onHostCall?: (name: string, status: number | undefined) => void;
}
