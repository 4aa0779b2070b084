// Filters that do nothing, to tell the price of wasm from the price of what Weir does in it, and one that times the
// host calls from the inside.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FRAME = `
export function proxy_abi_version_0_2_1(): void {}
const block: usize = memory.data(65536, 16);
let used: usize = 0;
export function proxy_on_memory_allocate(size: usize): usize {
  const rounded = (size + 15) & ~15;
  if (used + rounded > 65536) used = 0;
  const at = block + used;
  used += rounded;
  return at;
}
export function proxy_on_context_create(_context: u32, _root: u32): void {}
export function proxy_on_vm_start(_root: u32, _size: u32): u32 { return 1; }
export function proxy_on_configure(_root: u32, _size: u32): u32 { return 1; }
`;

const CALLBACKS = `
export function proxy_on_request_headers(_context: u32, _count: u32, _end: u32): u32 { return 0; }
export function proxy_on_response_headers(_context: u32, _count: u32, _end: u32): u32 { return 0; }
export function proxy_on_log(_context: u32): void {}
export function proxy_on_delete(_context: u32): void {}
`;

/** Calls of one kind in a row that are timed together; best of several rows, so that no interruption counts. */
const ROW = 500;
const ROWS = 9;

const TIMER = `
@external('env', 'proxy_get_current_time_nanoseconds')
declare function time(out: usize): u32;
@external('env', 'proxy_get_header_map_pairs')
declare function pairs(map: u32, data: usize, size: usize): u32;
@external('env', 'proxy_get_header_map_value')
declare function get(map: u32, key: usize, length: u32, data: usize, size: usize): u32;
@external('env', 'proxy_get_property')
declare function property(path: usize, length: u32, data: usize, size: usize): u32;
@external('env', 'proxy_replace_header_map_value')
declare function replace(map: u32, key: usize, keyLength: u32, value: usize, length: u32): u32;
@external('env', 'proxy_remove_header_map_value')
declare function remove(map: u32, key: usize, length: u32): u32;
@external('env', 'proxy_set_property')
declare function setProperty(path: usize, length: u32, value: usize, size: u32): u32;
@external('env', 'proxy_get_shared_data')
declare function getShared(key: usize, length: u32, data: usize, size: usize, cas: usize): u32;
@external('env', 'proxy_set_shared_data')
declare function setShared(key: usize, length: u32, value: usize, size: u32, cas: u32): u32;
@external('env', 'proxy_increment_metric')
declare function increment(id: u32, by: i64): u32;
@external('env', 'proxy_define_metric')
declare function define(kind: u32, name: usize, length: u32, id: usize): u32;

const OUT: usize = memory.data(64, 16);
const METRIC: usize = memory.data(8, 8);
let result: string = '';

function at(text: ArrayBuffer): usize { return changetype<usize>(text); }
const CLUSTER: ArrayBuffer = String.UTF8.encode('xds\\0cluster_name');
const UPSTREAM: ArrayBuffer = String.UTF8.encode('upstream\\0address');
const SOURCE: ArrayBuffer = String.UTF8.encode('source\\0address');
const STATE: ArrayBuffer = String.UTF8.encode('bench.state');
const PATH: ArrayBuffer = String.UTF8.encode(':path');
const NAME: ArrayBuffer = String.UTF8.encode('x-bench-value');
const ABSENT: ArrayBuffer = String.UTF8.encode('x-weir-load');
const VALUE: ArrayBuffer = String.UTF8.encode('127.0.0.1:10001,127.0.0.1:10002,127.0.0.1:10003');

function call(kind: i32): void {
  switch (kind) {
    case 0: time(OUT); break;
    case 1: pairs(0, OUT, OUT + 4); break;
    case 2: get(0, at(PATH), PATH.byteLength, OUT, OUT + 4); break;
    case 3: property(at(CLUSTER), CLUSTER.byteLength, OUT, OUT + 4); break;
    case 4: property(at(SOURCE), SOURCE.byteLength, OUT, OUT + 4); break;
    case 5: replace(0, at(NAME), NAME.byteLength, at(VALUE), VALUE.byteLength); break;
    case 6: remove(0, at(ABSENT), ABSENT.byteLength); break;
    case 7: setShared(at(NAME), NAME.byteLength, at(VALUE), VALUE.byteLength, 0); break;
    case 8: getShared(at(NAME), NAME.byteLength, OUT, OUT + 4, OUT + 8); break;
    case 9: increment(load<u32>(METRIC), 1); break;
    case 10: pairs(2, OUT, OUT + 4); break;
    case 11: property(at(UPSTREAM), UPSTREAM.byteLength, OUT, OUT + 4); break;
    case 12: remove(2, at(ABSENT), ABSENT.byteLength); break;
    case 13: get(2, at(ABSENT), ABSENT.byteLength, OUT, OUT + 4); break;
  }
}

function measure(kind: i32): void {
  let best: u64 = u64.MAX_VALUE;
  for (let row = 0; row < ${ROWS}; row++) {
    time(OUT + 16);
    for (let i = 0; i < ${ROW}; i++) call(kind);
    time(OUT + 24);
    const took = load<u64>(OUT + 24) - load<u64>(OUT + 16);
    if (took < best) best = took;
  }
  result += kind.toString() + '=' + (best / ${ROW}).toString() + ';';
}

export function proxy_on_request_headers(_context: u32, _count: u32, _end: u32): u32 {
  result = '';
  define(0, at(NAME), NAME.byteLength, METRIC);
  for (let kind = 0; kind < 10; kind++) measure(kind);
  return 0;
}
export function proxy_on_response_headers(_context: u32, _count: u32, _end: u32): u32 {
  for (let kind = 10; kind < 14; kind++) measure(kind);
  const text = String.UTF8.encode(result);
  replace(2, at(NAME), NAME.byteLength, at(text), text.byteLength);
  return 0;
}
`;

/** What TIMER's kinds are. */
export const HOST_CALLS = [
  'get_current_time_nanoseconds',
  'get_header_map_pairs (request)',
  'get_header_map_value (request)',
  'get_property xds.cluster_name',
  'get_property source.address',
  'replace_header_map_value (request)',
  'remove_header_map_value (request, absent)',
  'set_shared_data',
  'get_shared_data',
  'increment_metric',
  'get_header_map_pairs (response)',
  'get_property upstream.address',
  'remove_header_map_value (response, absent)',
  'get_header_map_value (response, absent)',
] as const;

export interface ProbePlugins {
  /** Only what proxy-wasm demands. */
  readonly nothing: string;
  /** And the callbacks that Weir has, empty. */
  readonly callbacks: string;
  /** Answers a request with the nanoseconds of host calls. */
  readonly timer: string;
}

/** Compiles them into a folder. AssemblyScript is there wherever this repository can be built. */
export async function buildProbePlugins(folder: string): Promise<ProbePlugins> {
  const build = async (name: string, source: string): Promise<string> => {
    const path = join(folder, `${name}.wasm`);
    await compile(source, path);
    return path;
  };
  return {
    nothing: await build('nothing', FRAME),
    callbacks: await build('callbacks', FRAME + CALLBACKS),
    timer: await build('timer', FRAME + TIMER),
  };
}

async function compile(source: string, path: string): Promise<void> {
  const { default: asc } = await import('assemblyscript/asc');
  const how = ['--runtime', 'stub', '--use', 'abort=', '--exportStart', '_initialize', '-O2', '--noAssert'];
  const { error } = await asc.main(['in.ts', ...how, '-o', 'out.wasm'], {
    readFile: (name) => (name === 'in.ts' ? source : null),
    writeFile: (_name, contents) => writeFileSync(path, contents),
    listFiles: () => null,
  });
  if (error) throw new Error(`a filter of the breakdown does not compile: ${error.message}`);
}

/** Nanoseconds of each host call by its name, from an answer of the timer. */
export function readTimer(header: string): Map<string, number> {
  const pairs = header.split(';').filter(Boolean);
  return new Map(
    pairs.map((pair) => {
      const [kind, ns] = pair.split('=').map(Number);
      return [HOST_CALLS[kind ?? -1] ?? '?', ns ?? NaN];
    }),
  );
}
