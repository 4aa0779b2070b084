// Properties: what the host knows of the stream, and the filter state that plugins add to it.
import { Status } from '../vm/abi.js';
import { parsePath, serialiseProperty } from '../vm/property.js';
import type { VirtualMachine } from '../vm/virtual-machine.js';
import type { HostCalls } from './imports.js';

export function propertyCalls(vm: VirtualMachine): HostCalls {
  return {
    proxy_get_property(path: number, pathSize: number, value: number, valueSize: number) {
      const found = vm.context?.property(parsePath(vm.memory.text(path, pathSize)));
      if (found === undefined) return Status.NOT_FOUND;
      vm.memory.give(serialiseProperty(found), value, valueSize);
      return Status.OK;
    },

    proxy_set_property(path: number, pathSize: number, value: number, valueSize: number) {
      const bytes = vm.memory.bytes(value, valueSize);
      return vm.context?.setProperty(vm.memory.text(path, pathSize), bytes) ?? Status.NOT_FOUND;
    },
  };
}
