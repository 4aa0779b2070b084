// The proxy-wasm callbacks, each for the role of its root. Every one is total: an unknown context is left alone.
import { Action, Buffer, Level, proxy_set_tick_period_milliseconds } from './abi';
import { VERSION } from './build-info';
import { Slice, hash64 } from './bytes';
import { getBuffer, getProperty } from './calls';
import { onClientRequest } from './client';
import { onClientResponse, settleClient } from './client-response';
import { nowMs } from './clock';
import { Role, readConfig } from './config';
import { applyConfigured } from './discovery';
import { openQueue } from './handover';
import { TICK_MS, closeHouse, forgetConfig, keepHouse } from './house';
import { log } from './log';
import { defineMetrics } from './metrics';
import { PLUGIN_NAME } from './names';
import { forgetProbes, onProbeAnswer } from './probes';
import { configureRecords } from './records';
import { abandonReport, onReportAnswer } from './reporter';
import { Root, closeRoot, findRoot, houseRoot, openRoot, takenUpAgain } from './roots';
import { resetScratch, scratch } from './scratch';
import { onServerRequest, onServerResponse, settleServer } from './server';
import { closeStream, findStream, openStream } from './streams';

export function proxy_abi_version_0_2_1(): void {}

/** Envoy asks for memory to hand values over in. */
export function proxy_on_memory_allocate(size: usize): usize {
  return scratch(size);
}

export function proxy_on_context_create(context: u32, root: u32): void {
  resetScratch();
  if (root == 0) {
    openRoot(context);
    return;
  }
  openStream(context, root);
  const again = takenUpAgain(root);
  if (again !== null) takeUp(again);
}

let isStarted: bool = false;

/** Envoy calls this for every root context; the version is worth one line a VM. */
export function proxy_on_vm_start(_root: u32, _size: i32): u32 {
  resetScratch();
  if (!isStarted) log(Level.Info, 'plugin ' + VERSION + ' started');
  isStarted = true;
  return 1;
}

const text = new Slice();

/** 0 rejects the configuration: Envoy keeps the old one. */
export function proxy_on_configure(rootId: u32, size: i32): u32 {
  resetScratch();
  const root = openRoot(rootId);
  if (size <= 0 || !getBuffer(Buffer.PluginConfiguration, size, text)) text.set(0, 0);
  const config = readConfig(text);
  if (!config.isGood) {
    log(Level.Error, 'configuration rejected: ' + config.error);
    config.dispose();
    return 0;
  }
  root.accept(config);
  defineMetrics();
  openQueue();
  if (getProperty(PLUGIN_NAME, text)) root.plugin = hash64(text.at, text.length);
  takeUp(root);
  proxy_set_tick_period_milliseconds(TICK_MS);
  return 1;
}

/** A configuration is in force from now on. */
function takeUp(root: Root): void {
  const config = root.config;
  if (config.role != Role.Client) return;
  configureRecords(config.samples, config.intervalMs);
  applyConfigured(config, nowMs());
}

export function proxy_on_tick(rootId: u32): void {
  resetScratch();
  const root = houseRoot();
  if (root !== null && root.id == rootId) keepHouse(root.config);
}

export function proxy_on_http_call_response(
  rootId: u32,
  token: u32,
  _headers: i32,
  size: i32,
  _trailers: i32,
): void {
  resetScratch();
  const root = findRoot(rootId);
  if (root === null || onReportAnswer(root.config, token, size)) return;
  onProbeAnswer(root, token);
}

export function proxy_on_request_headers(context: u32, _headers: i32, _end: i32): Action {
  resetScratch();
  const stream = findStream(context);
  if (stream === null) return Action.Continue;
  const root = findRoot(stream.root);
  if (root === null) return Action.Continue;
  if (root.config.role == Role.Server) return onServerRequest(stream, root) ? Action.Pause : Action.Continue;
  onClientRequest(stream, root);
  return Action.Continue;
}

export function proxy_on_response_headers(context: u32, _headers: i32, _end: i32): Action {
  resetScratch();
  const stream = findStream(context);
  if (stream === null) return Action.Continue;
  const root = findRoot(stream.root);
  if (root === null) return Action.Continue;
  if (root.config.role == Role.Server) onServerResponse(stream);
  else onClientResponse(stream, root);
  return Action.Continue;
}

export function proxy_on_log(context: u32): void {
  resetScratch();
  const stream = findStream(context);
  if (stream === null) return;
  if (stream.server) settleServer(stream);
  else settleClient(stream);
}

export function proxy_on_delete(context: u32): void {
  resetScratch();
  const stream = findStream(context);
  if (stream !== null) {
    // A host that never logs: settled here.
    if (stream.server) settleServer(stream);
    else settleClient(stream);
    closeStream(stream);
    return;
  }
  const root = findRoot(context);
  if (root === null) return;
  // Envoy keeps the timer of a root that is gone, and would go on firing it.
  proxy_set_tick_period_milliseconds(0);
  forgetConfig(root.config);
  abandonReport(root.config);
  forgetProbes();
  if (closeRoot(root) == 0) closeHouse();
  // Nothing is referred to from the stack any more: the old configuration's memory can go.
  __collect();
}
