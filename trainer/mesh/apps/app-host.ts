// All application endpoints of a scenario, in one process.
import type { IncomingMessage } from 'node:http';
import { Agent, request as httpRequest } from 'undici';
import { expandEndpoints, findService } from '../../environment/capacity.js';
import { createRandom } from '../../environment/random.js';
import type { Scenario, Service } from '../../environment/scenario.js';
import { jobSampler } from '../../environment/service-time.js';
import { planCalls, runCalls, type Call, type CallResult } from './calls.js';
import { realClock } from './delays.js';
import { AppEndpoint } from './endpoint.js';
import { faultTimeline } from './faults.js';
import { JOB_ID, JOB_MS, PASSED_ON, SERVED_BY } from './headers.js';
import { endpointName } from './messages.js';

/** How often endpoints look whether a fault took them down. */
const FAULT_CHECK_MS = 20;
const CALL_TIMEOUT_MS = 10_000;

export class AppHost {
  readonly #endpoints: AppEndpoint[] = [];
  readonly #agent = new Agent({
    pipelining: 1,
    headersTimeout: CALL_TIMEOUT_MS,
    bodyTimeout: CALL_TIMEOUT_MS,
  });
  readonly #clock = realClock;
  #outbound: Record<string, Record<string, string>> = {};
  #started = Infinity;
  #faultCheck: NodeJS.Timeout | undefined;

  constructor(readonly scenario: Scenario) {
    for (const service of scenario.services) {
      const expanded = expandEndpoints(service);
      for (const index of expanded.keys()) this.#endpoints.push(this.#build(service, expanded, index));
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

  #build(service: Service, expanded: ReturnType<typeof expandEndpoints>, index: number): AppEndpoint {
    const name = endpointName(service.name, index);
    const random = createRandom(this.scenario.seed);
    const target = { service: service.name, endpoint: index, endpoints: expanded.length };
    const timeline = faultTimeline(this.scenario.faults, target, this.scenario.seed);
    const sample = jobSampler(service);
    return new AppEndpoint({
      name,
      ...expanded[index]!,
      queueLimit: service.queueLimit,
      errorRate: service.errorRate,
      drawMs: (r) => sample(r).ms,
      random: random.fork(`endpoint ${name}`),
      clock: this.#clock,
      // Until the load begins all are well.
      condition: () => timeline(Math.max(0, this.#clock.now() - this.#started) / 1000),
      callOthers: (jobId, request) => this.#callOthers(service, name, jobId, request),
    });
  }

  /** Everything drawn here comes from the job's name: the same job causes the same calls under every policy. */
  #callOthers(service: Service, from: string, jobId: string, request: IncomingMessage): Promise<CallResult> {
    if (service.calls.length === 0) return Promise.resolve({ ok: true, servedBy: [] });
    const random = createRandom(this.scenario.seed).fork(`job ${jobId} at ${service.name}`);
    const run = (call: Call, index: number) => {
      const job = jobSampler(findService(this.scenario, call.service))(random.fork(`call ${index}`));
      const headers = { [JOB_ID]: `${jobId}.${index}`, [JOB_MS]: job.ms.toFixed(4), ...passedOn(request) };
      return this.#call(this.#outbound[from]?.[call.service], job.path, headers);
    };
    return runCalls(planCalls(service.calls, random), run);
  }

  async #call(
    address: string | undefined,
    path: string,
    headers: Record<string, string>,
  ): Promise<CallResult> {
    if (address === undefined) return { ok: false, servedBy: [] };
    try {
      const answer = await httpRequest(`http://${address}${path}`, { headers, dispatcher: this.#agent });
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
