// Header and trailer maps.
import { HeaderMapType, Status } from '../vm/abi.js';
import type { HeaderMap } from '../vm/header-map.js';
import { decodePairs, encodePairs } from '../vm/pairs.js';
import type { VirtualMachine } from '../vm/virtual-machine.js';
import type { HostCalls } from './imports.js';

const LAST_TYPE = HeaderMapType.HTTP_CALL_RESPONSE_TRAILERS;

export function headerCalls(vm: VirtualMachine): HostCalls {
  /** BAD_ARGUMENT where the map does not exist, or cannot be changed (any more). */
  const change = (type: number, work: (map: HeaderMap) => void): number => {
    const map = vm.context?.writableHeaders(type);
    if (map === undefined) return Status.BAD_ARGUMENT;
    work(map);
    return Status.OK;
  };

  return {
    proxy_get_header_map_value(type: number, key: number, keySize: number, value: number, valueSize: number) {
      if (type < 0 || type > LAST_TYPE) return Status.BAD_ARGUMENT;
      const map = vm.context?.readableHeaders(type);
      if (map === undefined) return vm.context?.logging ? Status.NOT_FOUND : Status.BAD_ARGUMENT;
      const found = map.get(vm.memory.latin1(key, keySize));
      if (found === undefined) return Status.NOT_FOUND;
      vm.memory.give(Buffer.from(found, 'latin1'), value, valueSize);
      return Status.OK;
    },

    proxy_get_header_map_pairs(type: number, pairs: number, size: number) {
      if (type < 0 || type > LAST_TYPE) return Status.BAD_ARGUMENT;
      vm.memory.give(encodePairs([...(vm.context?.readableHeaders(type) ?? [])]), pairs, size);
      return Status.OK;
    },

    proxy_get_header_map_size(type: number, result: number) {
      return change(type, (map) => vm.memory.setU32(result, map.byteSize));
    },

    proxy_set_header_map_pairs(type: number, pairs: number, size: number) {
      return change(type, (map) => map.assign(decodePairs(vm.memory.view(pairs, size))));
    },

    proxy_add_header_map_value(type: number, key: number, keySize: number, value: number, valueSize: number) {
      return change(type, (map) =>
        map.add(vm.memory.latin1(key, keySize), vm.memory.latin1(value, valueSize)),
      );
    },

    proxy_replace_header_map_value(
      type: number,
      key: number,
      keySize: number,
      value: number,
      valueSize: number,
    ) {
      return change(type, (map) =>
        map.replace(vm.memory.latin1(key, keySize), vm.memory.latin1(value, valueSize)),
      );
    },

    proxy_remove_header_map_value(type: number, key: number, keySize: number) {
      return change(type, (map) => map.remove(vm.memory.latin1(key, keySize)));
    },
  };
}
