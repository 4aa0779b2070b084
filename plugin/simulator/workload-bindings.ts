// The workload of a described mesh without a run: requests, what they cause, and the condition of endpoints, for a real
// mesh that is to meet what a simulated one meets. Answers lie in `buffer` of core-bindings.ts, as noted at each function.
import { buffer } from './core-bindings';
import { applyFaults } from './faults';
import { derive } from './random';
import { Service } from './service';
import { settings } from './settings';
import { mesh } from './state';
import { Seed, callKey, fails, makesCall, proxyOf, requestKey } from './workload';

/** Everything is described. An instance either runs or hands out. */
export function startWorkload(): void {
  for (let i = 0; i < mesh.services.length; i++) mesh.services[i].finish();
}

/** A job: size in ms on a slot of speed 1 f64, key u64, class i32. */
function write(service: Service, key: u64): void {
  const classId = service.classOf(key);
  store<f64>(buffer(), service.sizeOf(key, classId));
  store<u64>(buffer(), key, 8);
  store<i32>(buffer(), classId, 16);
}

/** The next request: its job, the client's proxy that it goes through i32, ms from the start to its arrival f64. */
export function nextRequest(): void {
  const key = requestKey(mesh.statistics.arrived++);
  write(unchecked(mesh.services[mesh.entry]), key);
  store<i32>(buffer(), proxyOf(key), 20);
  store<f64>(buffer(), mesh.arrivals!.next() * 1000, 24);
}

/** The job of a key at a service. */
export function jobOf(service: i32, low: u32, high: u32): void {
  write(mesh.services[service], keyOf(low, high));
}

/** The job that the call at `place` in the list of the service is; false where that job of the service does not make it. */
export function callOf(service: i32, low: u32, high: u32, place: i32): bool {
  const key = keyOf(low, high);
  const call = mesh.services[service].calls[place];
  if (!makesCall(key, place, call.probability)) return false;
  write(call.callee, callKey(key, place));
  return true;
}

/** The job of the `number`-th request that came to an endpoint without a key of its own. */
export function foreignJob(service: i32, endpoint: i32, number: i32): void {
  const key = derive(derive(settings.seed, Seed.Foreign), ((service as u64) << 32) | (endpoint as u64));
  write(mesh.services[service], derive(key, number as u64));
}

/** Whether the first try to serve the job fails, where a share `rate` of all does. */
export function jobFails(low: u32, high: u32, rate: f64): bool {
  return fails(keyOf(low, high), 0, rate);
}

/**
 * The condition of an endpoint at a time in ms from the start, which must not decrease from call to call: factor of its
 * speed f64, share of its requests that fail f64, whether it is cut off i32, whether it is there i32.
 */
export function conditionAt(service: i32, endpoint: i32, time: f64): void {
  const server = mesh.services[service].servers[endpoint];
  for (let i = 0; i < mesh.faults.length; i++) {
    const fault = mesh.faults[i];
    if (fault.server == server) fault.on = fault.isOnAt(time);
  }
  applyFaults(mesh.faults, server);
  store<f64>(buffer(), server.speedFactor);
  store<f64>(buffer(), server.errorRate, 8);
  store<i32>(buffer(), server.down ? 1 : 0, 16);
  store<i32>(buffer(), server.present ? 1 : 0, 20);
}

function keyOf(low: u32, high: u32): u64 {
  return ((high as u64) << 32) | (low as u64);
}
