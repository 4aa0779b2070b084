// Shared data and shared queues: the only way from one VM to another.
import { Status } from '../vm/abi.js';
import type { VirtualMachine } from '../vm/virtual-machine.js';
import type { HostCalls } from './imports.js';

export function sharedCalls(vm: VirtualMachine): HostCalls {
  const { process, vmId = '' } = vm.options;
  const data = process.data(vmId);

  return {
    proxy_get_shared_data(key: number, keySize: number, value: number, valueSize: number, cas: number) {
      const found = data.get(vm.memory.text(key, keySize));
      if (found === undefined) return Status.NOT_FOUND;
      vm.memory.give(found.bytes, value, valueSize);
      vm.memory.setU32(cas, found.cas);
      return Status.OK;
    },

    proxy_set_shared_data(key: number, keySize: number, value: number, valueSize: number, cas: number) {
      return data.set(vm.memory.text(key, keySize), vm.memory.bytes(value, valueSize), cas >>> 0);
    },

    proxy_register_shared_queue(name: number, nameSize: number, token: number) {
      const root = vm.context?.root;
      const registered: number = process.queues.register(vmId, vm.memory.text(name, nameSize), () =>
        process.defer(() => root?.queueReady(registered)),
      );
      vm.memory.setU32(token, registered);
      return Status.OK;
    },

    proxy_resolve_shared_queue(id: number, idSize: number, name: number, nameSize: number, token: number) {
      const found = process.queues.resolve(
        vm.memory.text(id, idSize) || vmId,
        vm.memory.text(name, nameSize),
      );
      if (found === undefined) return Status.NOT_FOUND;
      vm.memory.setU32(token, found);
      return Status.OK;
    },

    proxy_dequeue_shared_queue(token: number, item: number, itemSize: number) {
      const taken = process.queues.dequeue(token >>> 0);
      if (typeof taken === 'number') return taken;
      vm.memory.give(taken, item, itemSize);
      return Status.OK;
    },

    proxy_enqueue_shared_queue(token: number, item: number, itemSize: number) {
      return process.queues.enqueue(token >>> 0, vm.memory.bytes(item, itemSize));
    },
  };
}
