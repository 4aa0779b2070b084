// Fills the imports of a plugin with host calls.
import { Status } from '../vm/abi.js';
import { InvalidMemoryAccess } from '../vm/memory.js';
import type { VirtualMachine } from '../vm/virtual-machine.js';
import { wasm, type HostFunction, type WasmModule } from '../vm/webassembly.js';
import { bufferCalls } from './buffers.js';
import { headerCalls } from './headers.js';
import { httpCalls } from './http.js';
import { metricCalls } from './metrics.js';
import { propertyCalls } from './properties.js';
import { sharedCalls } from './shared.js';
import { systemCalls } from './system.js';
import { WASI_ERRNO, wasiCalls } from './wasi.js';

/** Host calls by name; wasm checks their parameters, each takes what the ABI says. */
export type HostCalls = Record<string, (...args: never[]) => number | undefined>;

/** What Envoy lets through while a module starts, and while it allocates (besides all of WASI, and part of it). */
const ALLOWED = {
  starting: new Set(['proxy_log']),
  allocating: new Set(['proxy_log', 'fd_write', 'clock_time_get', 'poll_oneoff']),
};

export function linkImports(
  vm: VirtualMachine,
  module: WasmModule,
): Record<string, Record<string, HostFunction>> {
  const wasi: HostCalls = wasiCalls(vm);
  const env: HostCalls = {
    ...systemCalls(vm),
    ...propertyCalls(vm),
    ...headerCalls(vm),
    ...bufferCalls(vm),
    ...sharedCalls(vm),
    ...metricCalls(vm),
    ...httpCalls(vm),
  };
  const linked: Record<string, Record<string, HostFunction>> = {};
  for (const { module: namespace, name, kind } of wasm.Module.imports(module)) {
    if (kind !== 'function')
      throw new Error(`the module imports ${namespace}.${name}, a ${kind}; a host has functions only`);
    const isWasi = namespace.startsWith('wasi_');
    const call = (isWasi ? wasi[name] : namespace === 'env' ? env[name] : undefined) as
      HostFunction | undefined;
    const unknown = isWasi ? WASI_ERRNO.NOSYS : Status.UNIMPLEMENTED;
    const memoryFault = isWasi ? WASI_ERRNO.FAULT : Status.INVALID_MEMORY_ACCESS;
    const functions = (linked[namespace] ??= {});
    functions[name] = guard(vm, name, isWasi, call ?? (() => unknown), memoryFault);
  }
  return linked;
}

function guard(
  vm: VirtualMachine,
  name: string,
  isWasi: boolean,
  call: HostFunction,
  fault: number,
): HostFunction {
  return (...args) => {
    const { restriction } = vm;
    if (
      restriction !== undefined &&
      !ALLOWED[restriction].has(name) &&
      !(isWasi && restriction === 'starting')
    ) {
      throw new Error(`restricted_callback: ${name} while the module is ${restriction}`);
    }
    let status: number | undefined;
    try {
      status = call(...args);
    } catch (error) {
      if (!(error instanceof InvalidMemoryAccess)) throw error;
      status = fault;
    }
    vm.options.onHostCall?.(name, status);
    return status;
  };
}
