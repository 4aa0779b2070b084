// The real filter, but for one thing: a request with `x-stub-trap` makes it trap before it looks at it.
import { compile } from './compile.js';

const SOURCE = `
import './host/abort';
import { proxy_on_request_headers as decide } from './host/filter';
export {
  proxy_abi_version_0_2_1, proxy_on_memory_allocate, proxy_on_context_create, proxy_on_vm_start, proxy_on_configure,
  proxy_on_tick, proxy_on_http_call_response, proxy_on_response_headers, proxy_on_log, proxy_on_delete,
} from './host/filter';

@external('env', 'proxy_get_header_map_value')
declare function getHeader(map: i32, key: usize, keySize: usize, value: usize, valueSize: usize): u32;
const OUT = memory.data(8);
const TRAP: ArrayBuffer = String.UTF8.encode('x-stub-trap');

export function proxy_on_request_headers(id: u32, count: i32, end: i32): i32 {
  store<u64>(OUT, 0);
  if (getHeader(0, changetype<usize>(TRAP), TRAP.byteLength, OUT, OUT + 4) == 0 && load<u32>(OUT + 4) > 0) unreachable();
  return decide(id, count, end);
}
`;

/** Compiles it to `path`. */
export function buildTrappingPlugin(path: string): Promise<void> {
  return compile('plugin/trapping.ts', SOURCE, ['--target', 'plugin', '-O0'], path);
}
