// Http calls of the plugin to a cluster of the host.
import { Status } from '../vm/abi.js';
import { HeaderMap } from '../vm/header-map.js';
import { decodePairs } from '../vm/pairs.js';
import type { VirtualMachine } from '../vm/virtual-machine.js';
import type { HostCalls } from './imports.js';

export function httpCalls(vm: VirtualMachine): HostCalls {
  const headerMap = (pairs: number, size: number) => new HeaderMap(decodePairs(vm.memory.view(pairs, size)));

  return {
    proxy_http_call(
      cluster: number,
      clusterSize: number,
      headers: number,
      headersSize: number,
      body: number,
      bodySize: number,
      trailers: number,
      trailersSize: number,
      timeoutMs: number,
      tokenAt: number,
    ) {
      const root = vm.context?.root;
      if (root === undefined) return Status.BAD_ARGUMENT;
      const request = {
        cluster: vm.memory.text(cluster, clusterSize),
        headers: headerMap(headers, headersSize),
        body: vm.memory.bytes(body, bodySize),
        trailers: headerMap(trailers, trailersSize),
        timeoutMs,
      };
      // Written before the call goes out, so that a bad pointer cannot leave one without a token.
      vm.memory.setU32(tokenAt, 0);
      const { status, token } = vm.httpCalls.start(root, request);
      vm.memory.setU32(tokenAt, token);
      return status;
    },
  };
}
