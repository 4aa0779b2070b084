// The workload of a scenario, handed out by the very code that the simulated run draws it with: a real mesh with the same
// seed meets the same arrivals, jobs, calls, proxies and faults, so that the two can be compared pair by pair.
import { describeMesh } from './describe-mesh.js';
import type { Scenario } from './schema.js';
import { instantiate, type CompiledSimulator, type Exports } from './wasm.js';

/** 64 bits as 16 hexadecimal digits: all that chance says of a job is derived from it. */
export type JobKey = string;
const KEY = /^[0-9a-f]{16}$/;
export const isJobKey = (text: unknown): text is JobKey => typeof text === 'string' && KEY.test(text);

export interface Job {
  readonly key: JobKey;
  /** What a proxy sees of its class. */
  readonly path: string;
  /** On a slot of speed 1. */
  readonly ms: number;
}

/** A request from outside to the entry service. */
export interface EntryJob extends Job {
  /** From the start. */
  readonly atMs: number;
  /** Which of the clients' proxies it goes through. */
  readonly proxy: number;
}

/** What the faults make of an endpoint. */
export interface Condition {
  /** Multiplies its speed. */
  readonly speedFactor: number;
  /** Cut off, or not there. */
  readonly down: boolean;
  /** Share of its requests that fail. */
  readonly errorRate: number;
}

const RECORD_BYTES = 32;

export class Workload {
  readonly #exports: Exports;
  readonly #answer: number;
  readonly #entry: number;
  #foreign = 0;

  /** @param seed default: the scenario's */
  constructor(
    compiled: CompiledSimulator,
    readonly scenario: Scenario,
    seed = scenario.seed,
  ) {
    this.#exports = instantiate(compiled);
    // Nobody decides here, so that any policy will do.
    describeMesh(this.#exports, scenario, { seed, policy: 0 });
    this.#call('startWorkload');
    this.#answer = this.#call('buffer');
    this.#entry = this.#place(scenario.load.service);
  }

  /** The next request at the entry, without end. Arrivals and jobs do not depend on the number of proxies. */
  next(): EntryJob {
    this.#call('nextRequest');
    const answer = this.#view();
    return {
      ...this.#job(this.#entry),
      atMs: answer.getFloat64(24, true),
      proxy: answer.getInt32(20, true),
    };
  }

  /** The job of a key at a service. */
  job(service: string, key: JobKey): Job {
    const place = this.#place(service);
    this.#call('jobOf', place, ...words(key));
    return this.#job(place);
  }

  /** A job for a request that came without one; each call gives another. */
  foreignJob(service: string, endpoint: number): Job {
    const place = this.#place(service);
    this.#call('foreignJob', place, endpoint, this.#foreign++);
    return this.#job(place);
  }

  /** The job that the `call`-th of the service's calls is; undefined where the job of that key does not make it. */
  call(service: string, key: JobKey, call: number): Job | undefined {
    const place = this.#place(service);
    if (this.#call('callOf', place, ...words(key), call) === 0) return undefined;
    return this.#job(this.#place(this.scenario.services[place]!.calls[call]!.service));
  }

  /** Whether a job fails where a share `rate` of all does. */
  fails(key: JobKey, rate: number): boolean {
    return this.#call('jobFails', ...words(key), rate) !== 0;
  }

  /** The condition of an endpoint at a time from the start, which must not decrease from call to call. */
  condition(service: string, endpoint: number, ms: number): Condition {
    this.#call('conditionAt', this.#place(service), endpoint, ms);
    const answer = this.#view();
    return {
      speedFactor: answer.getFloat64(0, true),
      errorRate: answer.getFloat64(8, true),
      down: answer.getInt32(16, true) !== 0 || answer.getInt32(20, true) === 0,
    };
  }

  /** The job that the last call wrote down. */
  #job(service: number): Job {
    const answer = this.#view();
    const { classes } = this.scenario.services[service]!;
    return {
      key: answer.getBigUint64(8, true).toString(16).padStart(16, '0'),
      path: classes[answer.getInt32(16, true)]?.path ?? '/',
      ms: answer.getFloat64(0, true),
    };
  }

  #place(service: string): number {
    const place = this.scenario.services.findIndex(({ name }) => name === service);
    if (place < 0) throw new RangeError(`scenario ${this.scenario.name} has no service ${service}`);
    return place;
  }

  #call(name: string, ...values: number[]): number {
    return this.#exports[name]!(...values);
  }

  /** Seen anew at each use: a grown memory has another ArrayBuffer. */
  #view(): DataView {
    return new DataView(this.#exports.memory.buffer, this.#answer, RECORD_BYTES);
  }
}

/** Lower and upper half. */
function words(key: JobKey): [number, number] {
  return [Number.parseInt(key.slice(8), 16), Number.parseInt(key.slice(0, 8), 16)];
}
