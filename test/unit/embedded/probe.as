// A plugin by which the tests probe the host. It is AssemblyScript, compiled by probe-plugin.ts.
// The header `x-op` of a request names a host call, `x-a` and `x-b` are its arguments; the status comes back as
// `x-status`, data as `x-data`. The configuration is `key=value;key=value`.

@external("env", "proxy_log") declare function log_(level: i32, text: usize, size: i32): i32;
@external("env", "proxy_get_buffer_bytes") declare function bufferBytes(type: i32, start: i32, length: i32, data: usize, size: usize): i32;
@external("env", "proxy_get_header_map_value") declare function getHeader(type: i32, key: usize, keySize: i32, value: usize, valueSize: usize): i32;
@external("env", "proxy_replace_header_map_value") declare function replaceHeader(type: i32, key: usize, keySize: i32, value: usize, valueSize: i32): i32;
@external("env", "proxy_remove_header_map_value") declare function removeHeader(type: i32, key: usize, keySize: i32): i32;
@external("env", "proxy_get_header_map_pairs") declare function getPairs(type: i32, data: usize, size: usize): i32;
@external("env", "proxy_set_header_map_pairs") declare function setPairs(type: i32, data: usize, size: i32): i32;
@external("env", "proxy_get_property") declare function getProperty(path: usize, pathSize: i32, value: usize, size: usize): i32;
@external("env", "proxy_set_property") declare function setProperty(path: usize, pathSize: i32, value: usize, size: i32): i32;
@external("env", "proxy_get_shared_data") declare function getShared(key: usize, keySize: i32, value: usize, size: usize, cas: usize): i32;
@external("env", "proxy_set_shared_data") declare function setShared(key: usize, keySize: i32, value: usize, size: i32, cas: u32): i32;
@external("env", "proxy_register_shared_queue") declare function registerQueue(name: usize, size: i32, token: usize): i32;
@external("env", "proxy_resolve_shared_queue") declare function resolveQueue(vm: usize, vmSize: i32, name: usize, size: i32, token: usize): i32;
@external("env", "proxy_enqueue_shared_queue") declare function enqueue(token: u32, item: usize, size: i32): i32;
@external("env", "proxy_dequeue_shared_queue") declare function dequeue(token: u32, item: usize, size: usize): i32;
@external("env", "proxy_define_metric") declare function defineMetric(type: i32, name: usize, size: i32, id: usize): i32;
@external("env", "proxy_increment_metric") declare function incrementMetric(id: u32, offset: i64): i32;
@external("env", "proxy_record_metric") declare function recordMetric(id: u32, value: u64): i32;
@external("env", "proxy_get_metric") declare function getMetric(id: u32, result: usize): i32;
@external("env", "proxy_set_tick_period_milliseconds") declare function setTickPeriod(milliseconds: u32): i32;
@external("env", "proxy_get_current_time_nanoseconds") declare function currentTime(result: usize): i32;
@external("env", "proxy_http_call") declare function httpCall(cluster: usize, clusterSize: i32, headers: usize, headersSize: i32, body: usize, bodySize: i32, trailers: usize, trailersSize: i32, timeout: u32, token: usize): i32;
@external("env", "proxy_send_local_response") declare function localResponse(status: i32, details: usize, detailsSize: i32, body: usize, bodySize: i32, headers: usize, headersSize: i32, grpc: i32): i32;
@external("env", "proxy_get_status") declare function getStatus(code: usize, message: usize, size: usize): i32;
@external("env", "proxy_from_the_future") declare function fromTheFuture(argument: i32): i32;
@external("wasi_snapshot_preview1", "random_get") declare function randomGet(into: usize, size: i32): i32;

const REQUEST = 0;
const RESPONSE = 2;

// Where host calls store pointer, size and numbers.
const OUT = memory.data(32);

class Root { config: string = ""; }
const roots = new Map<u32, Root>();
const rootOf = new Map<u32, u32>();
let requests: u32 = 0;
let generation: u32 = 0;

export function proxy_abi_version_0_2_1(): void {}
export function malloc(size: usize): usize { return heap.alloc(size); }

function utf8(text: string): ArrayBuffer { return String.UTF8.encode(text); }
function at(bytes: ArrayBuffer): usize { return changetype<usize>(bytes); }
function taken(): string { return String.UTF8.decodeUnsafe(load<u32>(OUT), load<u32>(OUT + 4)); }

function log(text: string): void { const b = utf8(text); log_(2, at(b), b.byteLength); }

function header(map: i32, name: string): string {
  const key = utf8(name);
  return getHeader(map, at(key), key.byteLength, OUT, OUT + 4) == 0 ? taken() : "";
}

function put(map: i32, name: string, value: string): i32 {
  const key = utf8(name), data = utf8(value);
  return replaceHeader(map, at(key), key.byteLength, at(data), data.byteLength);
}

function property(dotted: string): i32 {
  const path = utf8(dotted.replaceAll(".", "\0"));
  return getProperty(at(path), path.byteLength, OUT, OUT + 4);
}

function setting(config: string, key: string): string {
  const pairs = config.split(";");
  for (let i = 0; i < pairs.length; i++) if (pairs[i].startsWith(key + "=")) return pairs[i].substring(key.length + 1);
  return "";
}

function configOf(id: u32): string {
  const root = rootOf.has(id) ? rootOf.get(id) : id;
  return roots.has(root) ? roots.get(root).config : "";
}

export function proxy_on_context_create(id: u32, root: u32): void {
  if (root == 0) roots.set(id, new Root()); else rootOf.set(id, root);
}

export function proxy_on_vm_start(id: u32, size: i32): i32 {
  bufferBytes(6, 0, size, OUT, OUT + 4);
  log("vm_start " + taken());
  return 1;
}

export function proxy_on_configure(id: u32, size: i32): i32 {
  bufferBytes(7, 0, size, OUT, OUT + 4);
  const config = taken();
  if (setting(config, "trap") == "configure") unreachable();
  const tick = setting(config, "tick");
  if (tick != "") setTickPeriod(<u32>parseInt(tick));
  if (setting(config, "reject") != "") { log("rejected: " + setting(config, "reject")); return 0; }
  roots.get(id).config = config;
  generation++;
  const metric = utf8("probe.generation");
  defineMetric(1, at(metric), metric.byteLength, OUT);
  recordMetric(load<u32>(OUT), generation);
  return 1;
}

function pairs(names: string[], values: string[]): ArrayBuffer {
  let size = 4;
  for (let i = 0; i < names.length; i++) size += 10 + names[i].length + values[i].length;
  const out = new ArrayBuffer(size);
  store<u32>(at(out), names.length);
  let text = at(out) + 4 + 8 * names.length;
  for (let i = 0; i < names.length; i++) {
    store<u32>(at(out) + 4 + 8 * i, names[i].length);
    store<u32>(at(out) + 8 + 8 * i, values[i].length);
    text += String.UTF8.encodeUnsafe(changetype<usize>(names[i]), names[i].length, text) + 1;
    text += String.UTF8.encodeUnsafe(changetype<usize>(values[i]), values[i].length, text) + 1;
  }
  return out;
}

export function proxy_on_tick(id: u32): void {
  const config = configOf(id);
  if (setting(config, "trap") == "tick") unreachable();
  const cluster = utf8(setting(config, "call"));
  if (cluster.byteLength == 0) { log("tick"); return; }
  const headers = pairs([":method", ":path", ":authority"], ["POST", "/v1/reports", "trainer"]);
  const body = utf8("report");
  const status = httpCall(at(cluster), cluster.byteLength, at(headers), headers.byteLength, at(body), body.byteLength, 0, 0, 500, OUT);
  if (status != 0) log("call refused " + status.toString());
}

export function proxy_on_http_call_response(id: u32, token: u32, headers: u32, size: u32, trailers: u32): void {
  if (headers == 0) {
    getStatus(OUT + 8, OUT, OUT + 4);
    log("answer none " + load<u32>(OUT + 8).toString() + " " + taken());
    return;
  }
  const status = header(6, ":status");
  bufferBytes(4, 0, size, OUT, OUT + 4);
  log("answer " + status + " " + taken());
}

export function proxy_on_queue_ready(id: u32, token: u32): void { log("queue ready"); }

/** Runs the host call that the request asks for and returns its status; data is at OUT. */
function run(op: string, a: string, b: string): i32 {
  const key = utf8(a), value = utf8(b);
  const number = <i64>parseInt(b == "" ? "0" : b);
  store<u64>(OUT, 0);
  if (op == "get") return getHeader(REQUEST, at(key), key.byteLength, OUT, OUT + 4);
  if (op == "get-response") return getHeader(RESPONSE, at(key), key.byteLength, OUT, OUT + 4);
  if (op == "remove") return removeHeader(REQUEST, at(key), key.byteLength);
  if (op == "pairs") {
    const status = getPairs(REQUEST, OUT, OUT + 4);
    return status != 0 ? status : setPairs(REQUEST, load<u32>(OUT), load<u32>(OUT + 4));
  }
  if (op == "property") return property(a);
  if (op == "set-property") return setProperty(at(key), key.byteLength, at(value), value.byteLength);
  if (op == "get-shared") {
    const status = getShared(at(key), key.byteLength, OUT, OUT + 4, OUT + 8);
    if (status == 0) put(REQUEST, "x-cas", load<u32>(OUT + 8).toString());
    return status;
  }
  if (op == "set-shared") {
    const cas = header(REQUEST, "x-cas");
    return setShared(at(key), key.byteLength, at(value), value.byteLength, cas == "" ? 0 : <u32>parseInt(cas));
  }
  if (op == "register" || op == "resolve") {
    const status = op == "register" ? registerQueue(at(key), key.byteLength, OUT + 8) : resolveQueue(0, 0, at(key), key.byteLength, OUT + 8);
    if (status == 0) put(REQUEST, "x-token", load<u32>(OUT + 8).toString());
    return status;
  }
  if (op == "enqueue") return enqueue(<u32>parseInt(a), at(value), value.byteLength);
  if (op == "dequeue") return dequeue(<u32>parseInt(a), OUT, OUT + 4);
  if (op == "increment" || op == "record") {
    defineMetric(op == "increment" ? 0 : 2, at(key), key.byteLength, OUT + 8);
    const id = load<u32>(OUT + 8);
    const status = op == "increment" ? incrementMetric(id, number) : recordMetric(id, number);
    if (getMetric(id, OUT + 16) == 0) put(REQUEST, "x-value", load<u64>(OUT + 16).toString());
    return status;
  }
  if (op == "time") {
    const status = currentTime(OUT + 8);
    put(REQUEST, "x-value", load<u64>(OUT + 8).toString());
    return status;
  }
  if (op == "random") {
    const status = randomGet(OUT + 8, 4);
    put(REQUEST, "x-value", load<u32>(OUT + 8).toString());
    return status;
  }
  if (op == "grow") {
    memory.grow(16);
    const bytes = new ArrayBuffer(1 << 20);
    memory.fill(at(bytes), 1, 1 << 20);
    return getHeader(REQUEST, at(key), key.byteLength, OUT, OUT + 4);
  }
  if (op == "reply") return localResponse(418, 0, 0, at(key), key.byteLength, 0, 0, -1);
  if (op == "future") return fromTheFuture(1);
  if (op == "bad-pointer") return getHeader(REQUEST, 0x7fff0000, 10, OUT, OUT + 4);
  if (op == "trap") unreachable();
  return -1;
}

export function proxy_on_request_headers(id: u32, count: u32, end: u32): i32 {
  const config = configOf(id);
  requests++;
  put(REQUEST, "x-config", setting(config, "name"));
  put(REQUEST, "x-requests", requests.toString());
  const endpoints = setting(config, "endpoints");
  if (endpoints != "") put(REQUEST, "x-weir-endpoint", endpoints);
  const op = header(REQUEST, "x-op");
  if (op == "") return 0;
  const status = run(op, header(REQUEST, "x-a"), header(REQUEST, "x-b"));
  const data = load<u32>(OUT + 4) > 0 ? taken() : "";
  put(REQUEST, "x-status", status.toString());
  put(REQUEST, "x-data", data);
  return 0;
}

export function proxy_on_response_headers(id: u32, count: u32, end: u32): i32 {
  if (property("upstream.address") == 0) put(RESPONSE, "x-upstream", taken());
  if (property("cluster_name") == 0) put(RESPONSE, "x-cluster", taken());
  if (property("node.id") == 0) put(RESPONSE, "x-node", taken());
  if (property("source.address") == 0) put(RESPONSE, "x-source", taken());
  put(RESPONSE, "x-config-out", setting(configOf(id), "name"));
  put(RESPONSE, "x-old-request", header(REQUEST, ":path"));
  return 0;
}

export function proxy_on_log(id: u32): void {
  log("log " + header(REQUEST, ":path") + " " + header(RESPONSE, ":status"));
}

export function proxy_on_done(id: u32): i32 {
  log((rootOf.has(id) ? "stream" : "root") + " done " + setting(configOf(id), "name"));
  return 1;
}

export function proxy_on_delete(id: u32): void {
  log((rootOf.has(id) ? "stream" : "root") + " delete " + setting(configOf(id), "name"));
  rootOf.delete(id);
  roots.delete(id);
}
