// The little of WASI that plugins of other languages need to start: clocks, randomness, environment, stdout.
import type { VirtualMachine } from '../vm/virtual-machine.js';
import type { HostCalls } from './imports.js';

export const WASI_ERRNO = { SUCCESS: 0, BADF: 8, FAULT: 21, NOSYS: 52, NOTSUP: 58 } as const;
const { SUCCESS, BADF, NOTSUP } = WASI_ERRNO;

const REALTIME = 0;
const MONOTONIC = 1;
const STDOUT = 1;
const STDERR = 2;

export function wasiCalls(vm: VirtualMachine): HostCalls {
  const environment = () =>
    Object.entries(vm.options.environment ?? {}).map(([name, value]) => Buffer.from(`${name}=${value}\0`));

  return {
    clock_time_get(clock: number, _precision: bigint, result: number) {
      const { now, monotonic = now } = vm.options;
      if (clock !== REALTIME && clock !== MONOTONIC) return NOTSUP;
      vm.memory.setU64(result, clock === REALTIME ? now() : monotonic());
      return SUCCESS;
    },

    clock_res_get(_clock: number, result: number) {
      vm.memory.setU64(result, 1n);
      return SUCCESS;
    },

    random_get(into: number, size: number) {
      vm.options.random(vm.memory.view(into, size));
      return SUCCESS;
    },

    /** Standard output goes to the log at info, standard error at error, as in Envoy. */
    fd_write(fd: number, vectors: number, count: number, written: number) {
      if (fd !== STDOUT && fd !== STDERR) return BADF;
      const pieces: Uint8Array[] = [];
      for (let index = 0; index < count; index++) {
        const vector = Buffer.from(vm.memory.bytes(vectors + index * 8, 8));
        pieces.push(vm.memory.bytes(vector.readUInt32LE(0), vector.readUInt32LE(4)));
      }
      const text = Buffer.concat(pieces);
      if (text.length > 0)
        vm.options.log?.(fd === STDOUT ? 'info' : 'error', text.toString().replace(/\n$/, ''));
      vm.memory.setU32(written, text.length);
      return SUCCESS;
    },

    fd_fdstat_get(fd: number, result: number) {
      if (fd !== STDOUT && fd !== STDERR) return BADF;
      const stat = Buffer.alloc(24);
      stat.writeUInt32LE(64, 8); // rights: fd_write
      vm.memory.write(result, stat);
      return SUCCESS;
    },

    environ_sizes_get(count: number, size: number) {
      const variables = environment();
      vm.memory.setU32(count, variables.length);
      vm.memory.setU32(size, Buffer.concat(variables).length);
      return SUCCESS;
    },

    environ_get(pointers: number, text: number) {
      let at = text;
      environment().forEach((variable, index) => {
        vm.memory.setU32(pointers + index * 4, at);
        vm.memory.write(at, variable);
        at += variable.length;
      });
      return SUCCESS;
    },

    args_sizes_get(count: number, size: number) {
      vm.memory.setU32(count, 0);
      vm.memory.setU32(size, 0);
      return SUCCESS;
    },

    args_get: () => SUCCESS,
    fd_seek: () => SUCCESS,
    fd_close: () => SUCCESS,
    fd_prestat_get: () => BADF,
    sched_yield: () => SUCCESS,

    poll_oneoff(_in: number, _out: number, _subscriptions: number, events: number) {
      vm.memory.setU32(events, 0);
      return SUCCESS;
    },

    /** A trap: there is no process to end, and nothing sensible to run on with. */
    proc_exit(code: number) {
      throw new Error(`the plugin called proc_exit(${code})`);
    },
  };
}
