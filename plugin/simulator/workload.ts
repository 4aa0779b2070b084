// What chance says of the requests and of the calls that they cause, from the seed and a job's key alone. A simulated run
// asks here, and so does a real mesh (workload-bindings.ts): with the same seed both meet the same jobs.
import { derive, index, unit } from './random';
import { Draw } from './service';
import { settings } from './settings';

/** Streams of the seed. */
export const enum Seed {
  Arrivals,
  Pattern,
  Jobs,
  Workers,
  Ticks,
  Faults,
  /** Plus the worker. */
  Affinity = 1 << 20,
  /** Jobs of requests that nobody planned. */
  Foreign = 8,
}

/** Key of the `number`-th request to come in. */
export function requestKey(number: i32): u64 {
  return derive(derive(settings.seed, Seed.Jobs), number as u64);
}

/** Which of the clients' proxies a request goes through. */
export function proxyOf(key: u64): i32 {
  return index(derive(key, Draw.Proxy), settings.proxies);
}

/** Whether a try to serve the job fails, where a share `rate` of all does. */
export function fails(key: u64, attempt: i32, rate: f64): bool {
  return unit(derive(key, Draw.Error + attempt)) < rate;
}

/** Whether the job makes the call at `place` in the list of its service. */
export function makesCall(key: u64, place: i32, probability: f64): bool {
  return unit(derive(key, Draw.Call + 2 * place)) < probability;
}

/** Key of the job that this call is. */
export function callKey(key: u64, place: i32): u64 {
  return derive(key, Draw.Call + 2 * place + 1);
}
