// All application endpoints of a scenario, in one process.
import type { IncomingMessage } from 'node:http';
import { Agent, request as httpRequest } from 'undici';
import { expandEndpoints } from '../../environment/capacity.js';
import type { Scenario, Service } from '../../environment/scenario.js';
import { loadSimulator } from '../../environment/simulator-file.js';
import { isJobKey, Workload, type Job } from '../../environment/workload.js';
import { planCalls, runCalls, type Call, type CallResult } from './calls.js';
import { realClock } from './delays.js';
import { AppEndpoint } from './endpoint.js';
import { JOB_ID, JOB_MS, PASSED_ON, SERVED_BY } from './headers.js';
import { endpointName } from './messages.js';

/** How often endpoints look whether a fault took them down. */
const FAULT_CHECK_MS = 20;

export class AppHost {
  readonly #endpoints: AppEndpoint[] = [];
  // The scenario's timeout governs, which the agent's own would only race.
  readonly #agent = new Agent({ pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
  readonly #clock = realClock;
  readonly #workload: Workload;
  #outbound: Record<string, Record<string, string>> = {};
  #started = Infinity;
  #faultCheck: NodeJS.Timeout | undefined;

  constructor(readonly scenario: Scenario) {
    this.#workload = new Workload(loadSimulator(), scenario);
    for (const service of scenario.services) {
      for (const [index, { speed, workers }] of expandEndpoints(service).entries())
        this.#endpoints.push(this.#build(service, index, speed, workers));
    }
  }

  /** @returns port by endpoint name */
  async listen(): Promise<Record<string, number>> {
    const ports = this.#endpoints.map(async (e) => [e.options.name, await e.listen()] as const);
    return Object.fromEntries(await Promise.all(ports));
  }

  setOutbound(addresses: Record<string, Record<string, string>>): void {
    this.#outbound = addresses;
  }

  /** The load begins: faults count from here. */
  start(): void {
    this.#started = this.#clock.now();
    this.#faultCheck = setInterval(() => this.#endpoints.forEach((e) => e.enforceDown()), FAULT_CHECK_MS);
  }

  async close(): Promise<void> {
    clearInterval(this.#faultCheck);
    for (const endpoint of this.#endpoints) endpoint.close();
    await this.#agent.destroy();
  }

  #build(service: Service, index: number, speed: number, workers: number): AppEndpoint {
    const name = endpointName(service.name, index);
    const workload = this.#workload;
    return new AppEndpoint({
      name,
      speed,
      workers,
      queueLimit: service.queueLimit,
      clock: this.#clock,
      jobOf: (key) =>
        isJobKey(key) ? workload.job(service.name, key) : workload.foreignJob(service.name, index),
      fails: (job, rate) => workload.fails(job.key, rate),
      // Until the load begins it is as at the begin.
      condition: () =>
        workload.condition(service.name, index, Math.max(0, this.#clock.now() - this.#started)),
      callOthers: (job, request) => this.#callOthers(service, name, job, request),
    });
  }

  #callOthers(service: Service, from: string, { key }: Job, request: IncomingMessage): Promise<CallResult> {
    if (service.calls.length === 0) return Promise.resolve({ ok: true, servedBy: [] });
    const run = (call: Call, job: Job) => {
      const headers = { [JOB_ID]: job.key, [JOB_MS]: job.ms.toFixed(4), ...passedOn(request) };
      return this.#call(this.#outbound[from]?.[call.service], job.path, headers);
    };
    return runCalls(
      planCalls(service.calls, (place) => this.#workload.call(service.name, key, place)),
      run,
    );
  }

  async #call(
    address: string | undefined,
    path: string,
    headers: Record<string, string>,
  ): Promise<CallResult> {
    if (address === undefined) return { ok: false, servedBy: [] };
    try {
      const signal = AbortSignal.timeout(this.scenario.timeoutMs);
      const options = { headers, signal, dispatcher: this.#agent };
      const answer = await httpRequest(`http://${address}${path}`, options);
      await answer.body.dump();
      const servedBy = String(answer.headers[SERVED_BY] ?? '').split(', ');
      return { ok: answer.statusCode < 500, servedBy: servedBy.filter((name) => name !== '') };
    } catch {
      return { ok: false, servedBy: [] };
    }
  }
}

function passedOn(request: IncomingMessage): Record<string, string> {
  const entries = PASSED_ON.flatMap((name) => {
    const value = request.headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return Object.fromEntries(entries);
}
