// Steady traffic of an application while models are reloaded: GET and POST, kept and fresh connections. Every answer is
// checked for its status, its body, and that an endpoint of the configuration in effect gave it.
import { Pool } from 'undici';

/** Connections of the application: enough that each worker of the Envoy has some. */
const CONNECTIONS = 16;
const BATCH_MS = 10;
const TIMEOUT_MS = 10_000;
/** Every so often a request ends its connection, so that fresh ones come as well. */
const FRESH_EVERY = 25;
const LONGEST_BODY = 16 * 1024;
const BODY = Buffer.alloc(LONGEST_BODY, 'weir counts every byte of this; ');

export interface TrafficFigures {
  readonly requests: number;
  readonly failed: number;
  /** Answered by an endpoint that the configuration in effect, in every worker, does not name. */
  readonly stale: number;
  /** What failed, by message. */
  readonly failures: ReadonlyMap<string, number>;
}

/** What every worker decides by at this moment: undefined while a reload is under way. */
export type InEffect = { readonly endpoints: ReadonlySet<string> } | undefined;

export class Traffic {
  readonly #pool: Pool;
  readonly #timer: NodeJS.Timeout;
  readonly #open = new Set<Promise<void>>();
  readonly #failures = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  #inEffect: InEffect;
  #sent = 0;
  #failed = 0;
  #stale = 0;
  #confirmed = 0;

  /** @param host absent = the address */
  constructor(
    address: string,
    requestsPerSecond: number,
    private readonly host?: string,
  ) {
    this.#pool = new Pool(`http://${address}`, {
      connections: CONNECTIONS,
      pipelining: 1,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
    const began = performance.now();
    this.#timer = setInterval(() => {
      // By the clock and not by the tick, so that a late tick lowers no rate.
      const due = ((performance.now() - began) * requestsPerSecond) / 1000;
      while (this.#sent < due) this.#send();
    }, BATCH_MS);
  }

  get figures(): TrafficFigures {
    return { requests: this.#sent, failed: this.#failed, stale: this.#stale, failures: this.#failures };
  }

  /** A reload begins: until it is in effect any endpoint may answer. */
  unsettled(): void {
    this.#inEffect = undefined;
  }

  /** Resolves when so many requests that began from now on were answered as they should. */
  async settled(inEffect: InEffect, requests: number): Promise<void> {
    this.#inEffect = inEffect;
    const target = this.#confirmed + requests;
    const deadline = performance.now() + TIMEOUT_MS;
    while (this.#confirmed < target) {
      if (performance.now() > deadline) throw new Error(`only old endpoints answer: ${this.#stale} times`);
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }

  /** Sends no more, waits for what is on its way. */
  async stop(): Promise<TrafficFigures> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
    await this.#pool.destroy();
    return this.figures;
  }

  #send(): void {
    const turn = ++this.#sent;
    const one = this.#one(turn).finally(() => this.#open.delete(one));
    this.#open.add(one);
  }

  async #one(turn: number): Promise<void> {
    const inEffect = this.#inEffect;
    try {
      const { servedBy } = await this.#exchange(turn);
      if (inEffect === undefined || inEffect !== this.#inEffect) return;
      if (inEffect.endpoints.has(servedBy)) this.#confirmed++;
      else this.#stale++;
    } catch (error) {
      this.#failed++;
      const message = error instanceof Error ? error.message : String(error);
      this.#failures.set(message, (this.#failures.get(message) ?? 0) + 1);
    } finally {
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
    }
  }

  async #exchange(turn: number): Promise<{ servedBy: string }> {
    const body = turn % 2 === 0 ? BODY.subarray(0, (turn * 997) % LONGEST_BODY) : null;
    const answer = await this.#pool.request({
      method: body ? 'POST' : 'GET',
      path: `/${turn % 5}`,
      body,
      reset: turn % FRESH_EVERY === 0,
      ...(this.host === undefined ? {} : { headers: { host: this.host } }),
    });
    const received = Buffer.from(await answer.body.arrayBuffer());
    if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`);
    if (!received.equals(body ?? Buffer.alloc(0))) throw new Error('the body came back changed');
    return { servedBy: String(answer.headers['x-served-by']) };
  }
}
