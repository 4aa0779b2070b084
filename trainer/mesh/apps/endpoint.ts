// One endpoint of a service: an HTTP server with slots, a queue, a speed, and faults.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Condition, Job } from '../../environment/workload.js';
import type { CallResult } from './calls.js';
import { Delays, type Clock } from './delays.js';
import { JOB_ID, JOB_MS, ORCA, SERVED_BY } from './headers.js';
import { LoadMetrics } from './load-metrics.js';
import { Slots } from './slots.js';

export interface EndpointOptions {
  readonly name: string;
  readonly speed: number;
  readonly workers: number;
  readonly queueLimit: number;
  readonly clock: Clock;
  /** The job that a request brings, by its header; another one each time where it brings none. */
  readonly jobOf: (key: string | string[] | undefined) => Job;
  /** Whether a job fails where a share `rate` of all does. */
  readonly fails: (job: Job, rate: number) => boolean;
  /** The faults of now. */
  readonly condition: () => Condition;
  /** The calls to other services that a job causes. */
  readonly callOthers: (job: Job, request: IncomingMessage) => Promise<CallResult>;
}

export class AppEndpoint {
  readonly #slots: Slots;
  readonly #delays: Delays;
  readonly #metrics: LoadMetrics;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((request, response) => this.#handle(request, response));

  constructor(readonly options: EndpointOptions) {
    this.#slots = new Slots(options.workers, options.queueLimit);
    this.#delays = new Delays(options.clock);
    this.#metrics = new LoadMetrics(options.workers, options.clock.now());
    // The sidecar keeps its connections; closing idle ones from this side would race with its next request.
    this.#server.keepAliveTimeout = 0;
    this.#server.requestTimeout = 0;
    this.#server.on('connection', (socket) => this.#admit(socket));
  }

  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  /** Breaks all connections if the endpoint is down: what a crash looks like from outside. */
  enforceDown(): void {
    if (!this.options.condition().down) return;
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #admit(socket: Socket): void {
    if (this.options.condition().down) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const { condition, jobOf, fails } = this.options;
    const { down, errorRate } = condition();
    if (down) {
      request.socket.destroy();
      return;
    }
    request.resume();
    this.#advance();
    const job = jobOf(request.headers[JOB_ID]);
    // Failing is fast, as it mostly is: it tempts whoever looks at latency alone.
    if (fails(job, errorRate)) {
      this.#answer(response, 500);
      return;
    }
    if (!this.#slots.enter(() => this.#serve(request, response, job))) this.#answer(response, 503);
  }

  /** On a slot for its own time; the slot is free again while the calls to others run, as in an event loop. */
  #serve(request: IncomingMessage, response: ServerResponse, job: Job): void {
    // Its client gave up while it waited.
    if (response.destroyed) {
      this.#slots.leave();
      return;
    }
    this.#advance();
    const given = Number(request.headers[JOB_MS] ?? NaN);
    const ms = Number.isFinite(given) && given >= 0 ? given : job.ms;
    this.#delays.wait(ms / (this.options.speed * this.options.condition().speedFactor), () => {
      this.#advance();
      this.#slots.leave();
      void this.#finish(request, response, job);
    });
  }

  async #finish(request: IncomingMessage, response: ServerResponse, job: Job): Promise<void> {
    const { ok, servedBy } = await this.options.callOthers(job, request);
    this.#answer(response, ok ? 200 : 502, servedBy);
  }

  #answer(response: ServerResponse, status: number, others: readonly string[] = []): void {
    if (response.destroyed) return;
    this.#advance();
    this.#metrics.count();
    response.writeHead(status, {
      [ORCA]: this.#metrics.header(),
      [SERVED_BY]: [this.options.name, ...others].join(', '),
      'content-type': 'text/plain',
    });
    response.end(`${this.options.name}\n`);
  }

  #advance(): void {
    this.#metrics.advance(this.options.clock.now(), this.#slots.busy, this.#slots.waiting);
  }
}
