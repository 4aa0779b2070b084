// A filter that does next to nothing, for tests of what surrounds the real one: it answers with its configuration in
// `x-stub-configuration`, refuses a configuration that begins with {"refuse", and traps on a request with `x-stub-trap`.
import { compile } from './compile.js';

const SOURCE = `
@external('env', 'proxy_get_buffer_bytes')
declare function getBuffer(type: i32, start: u32, length: u32, data: usize, size: usize): u32;
@external('env', 'proxy_add_header_map_value')
declare function addHeader(map: i32, key: usize, keySize: usize, value: usize, valueSize: usize): u32;
@external('env', 'proxy_get_header_map_value')
declare function getHeader(map: i32, key: usize, keySize: usize, value: usize, valueSize: usize): u32;

const CONFIGURATION: i32 = 7;
const REQUEST: i32 = 0;
const RESPONSE: i32 = 2;
const OUT = memory.data(8);
const MARK: ArrayBuffer = String.UTF8.encode('x-stub-configuration');
const TRAP: ArrayBuffer = String.UTF8.encode('x-stub-trap');
let configuration: usize = 0;
let length: u32 = 0;

export function proxy_abi_version_0_2_1(): void {}
export function proxy_on_memory_allocate(size: i32): usize { return heap.alloc(size); }
export function proxy_on_context_create(id: i32, root: i32): void {}
export function proxy_on_vm_start(root: i32, size: i32): i32 { return 1; }
export function proxy_on_configure(root: i32, size: u32): i32 {
  if (getBuffer(CONFIGURATION, 0, size, OUT, OUT + 4) != 0) return 0;
  const data = load<usize>(OUT);
  if (String.UTF8.decodeUnsafe(data, size).startsWith('{"refuse')) return 0;
  configuration = data;
  length = size;
  return 1;
}
export function proxy_on_request_headers(id: i32, count: i32, end: i32): i32 {
  const key = changetype<usize>(TRAP);
  if (getHeader(REQUEST, key, TRAP.byteLength, OUT, OUT + 4) == 0 && load<u32>(OUT + 4) > 0) unreachable();
  return 0;
}
export function proxy_on_response_headers(id: i32, count: i32, end: i32): i32 {
  addHeader(RESPONSE, changetype<usize>(MARK), MARK.byteLength, configuration, length);
  return 0;
}
`;

/** Compiles it to `path`. */
export function buildStubPlugin(path: string): Promise<void> {
  const options = ['--runtime', 'minimal', '--use', 'abort=', '--exportStart', '_initialize', '-O1'];
  return compile('stub.ts', SOURCE, options, path);
}
