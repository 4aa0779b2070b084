// Bodies and configurations.
import { BufferType, Status } from '../vm/abi.js';
import type { VirtualMachine } from '../vm/virtual-machine.js';
import type { HostCalls } from './imports.js';

export function bufferCalls(vm: VirtualMachine): HostCalls {
  const known = (type: number): boolean => type >= 0 && type <= BufferType.CALL_DATA;

  return {
    proxy_get_buffer_bytes(type: number, start: number, length: number, data: number, dataSize: number) {
      if (!known(type)) return Status.BAD_ARGUMENT;
      const buffer = vm.context?.buffer(type);
      if (buffer === undefined) return Status.NOT_FOUND;
      const from = start >>> 0;
      const end = from + (length >>> 0);
      if (end > 0xffffffff) return Status.BAD_ARGUMENT;
      vm.memory.give(buffer.bytes.subarray(from, end), data, dataSize);
      return Status.OK;
    },

    proxy_get_buffer_status(type: number, length: number, flags: number) {
      if (!known(type)) return Status.BAD_ARGUMENT;
      const buffer = vm.context?.buffer(type);
      if (buffer === undefined) return Status.NOT_FOUND;
      vm.memory.setU32(length, buffer.bytes.byteLength);
      vm.memory.setU32(flags, 0);
      return Status.OK;
    },

    /** Envoy replaces at the start and appends at the end, nothing in between. */
    proxy_set_buffer_bytes(type: number, start: number, length: number, data: number, dataSize: number) {
      if (!known(type)) return Status.BAD_ARGUMENT;
      const buffer = vm.context?.buffer(type);
      if (buffer === undefined) return Status.NOT_FOUND;
      if (!buffer.writable) return Status.BAD_ARGUMENT;
      const bytes = vm.memory.bytes(data, dataSize);
      const old = buffer.bytes;
      const from = start >>> 0;
      if (from === 0) buffer.bytes = Buffer.concat([bytes, old.subarray(length >>> 0)]);
      else if (from >= old.byteLength) buffer.bytes = Buffer.concat([old, bytes]);
      else return Status.BAD_ARGUMENT;
      return Status.OK;
    },
  };
}
