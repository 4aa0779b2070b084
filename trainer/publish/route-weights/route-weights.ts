// Weights of a route for meshes without the filter: the learned policy looks at the fleet as one proxy that sees it all,
// and what it would send where becomes the weights of a VirtualService or an HTTPRoute.
import type { Model } from '../../actor/model.js';
import type { Core } from '../../environment/core.js';
import type { Serving } from '../../rollout/serving.js';
import type { FleetView } from '../../telemetry/fleet.js';
import type { ObservedPublisher } from '../client-configuration.js';
import { PassingError } from '../publisher.js';
import type { TargetState } from '../target.js';
import { backOffMs, type Timing } from '../timing.js';
import { FleetEstimates } from './estimates.js';
import { movement, nextWeights, type WeightRange } from './next-weights.js';
import type { RouteResource } from './route.js';
import { trafficShares } from './traffic-shares.js';

export interface RouteWeightsOptions {
  readonly name: string;
  readonly range: WeightRange;
  readonly everySeconds: number;
  /** Addresses, `ip:port`, of a destination by its name in the route. */
  readonly endpointsOf: (destination: string) => readonly string[];
  /** The names of all destinations. */
  readonly destinations: readonly string[];
}

export interface RouteWeightsState extends TargetState {
  /** Weights by destination, in percent, as read or written last. */
  readonly weights: Readonly<Record<string, number>>;
  /** Sum of all absolute changes of weights, percentage points, and number of updates. */
  readonly moves: number;
  readonly updates: number;
}

export interface RouteWeightsParts {
  readonly route: RouteResource;
  readonly fleet: { view(now: number): FleetView };
  /** Of no other use: it is filled anew for every update. */
  readonly core: Core;
  readonly timing: Timing;
}

/** Reports come once a second. */
const LOOK_MS = 1000;
/**
 * How far an update follows what the policy wants now. Latency follows load: all of it would overshoot, and come back
 * with the next, for ever. With a part of it the weights settle where what is wanted is what is there.
 */
const FOLLOW = 0.2;

export class RouteWeights implements ObservedPublisher {
  readonly #options: RouteWeightsOptions;
  readonly #parts: RouteWeightsParts;
  readonly #estimates: FleetEstimates;
  readonly #closed = new AbortController();
  readonly #running: Promise<void>;
  #model: Model | undefined;
  #published: string | undefined;
  #pendingSince: number | undefined;
  #lastError: string | undefined;
  #weights: Readonly<Record<string, number>> = {};
  /** Shares by destination, smoothed over updates. */
  #followed: ReadonlyMap<string, number> = new Map();
  #moves = 0;
  #updates = 0;

  constructor(options: RouteWeightsOptions, parts: RouteWeightsParts) {
    this.#options = options;
    this.#parts = parts;
    this.#estimates = new FleetEstimates(options.everySeconds * 1000, LOOK_MS);
    this.#running = this.#run();
  }

  /** Weights follow the current model from the next update on; a candidate has no share in them. */
  async serve({ current }: Serving): Promise<void> {
    if (current.id === this.#model?.id) return;
    this.#model = current;
    this.#pendingSince = this.#parts.timing.now();
  }

  get targets(): readonly RouteWeightsState[] {
    return [
      {
        name: this.#options.name,
        published: this.#published,
        pendingSince: this.#pendingSince,
        lastError: this.#lastError,
        weights: this.#weights,
        moves: this.#moves,
        updates: this.#updates,
      },
    ];
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#running;
  }

  /** Looks once a second; updates when due, and after a failure when the back-off is over. */
  async #run(): Promise<void> {
    const { now, random, wait } = this.#parts.timing;
    const { signal } = this.#closed;
    let due = now() + this.#options.everySeconds * 1000;
    let failures = 0;
    for (; !signal.aborted; await wait(LOOK_MS, signal)) {
      try {
        this.#look();
        if (this.#model === undefined || now() < due) continue;
        await this.#update(this.#model);
        failures = 0;
        this.#lastError = undefined;
        due = now() + this.#options.everySeconds * 1000;
      } catch (error) {
        this.#lastError = error instanceof Error ? error.message : String(error);
        const asked = error instanceof PassingError ? error.retryAfterMs : 0;
        due = now() + Math.max(asked, backOffMs(++failures, random));
      }
    }
  }

  #look(): void {
    const { fleet, timing } = this.#parts;
    const now = timing.now();
    const addresses = new Set(this.#options.destinations.flatMap((name) => this.#options.endpointsOf(name)));
    this.#estimates.look(fleet.view(now), addresses, now);
  }

  async #update(model: Model): Promise<void> {
    const { route, timing } = this.#parts;
    const found = await route.read(this.#closed.signal);
    const total = found.entries.reduce((sum, { weight }) => sum + weight, 0);
    const names = found.entries.map(({ name }) => name);
    // A route of zeros sends nothing anywhere; it counts as one of equal weights.
    const weights = found.entries.map(
      ({ weight }) => (100 * (total > 0 ? weight : 1)) / (total || names.length),
    );
    const destinations = this.#shares(model, names, timing.now()).map(({ share, fair }, i) => {
      const weight = weights[i]!;
      const followed = this.#followed.get(names[i]!) ?? weight / 100;
      return { share: followed + FOLLOW * (share - followed), fair, weight };
    });
    this.#followed = new Map(destinations.map(({ share }, i) => [names[i]!, share]));
    const next = nextWeights(destinations, this.#options.range);
    if (next !== undefined) {
      await route.write(found, next, this.#closed.signal);
      this.#moves += movement(weights, next);
      this.#updates += 1;
    }
    this.#weights = Object.fromEntries(names.map((name, i) => [name, (next ?? weights)[i]!]));
    if (model !== this.#model) return;
    this.#published = model.id;
    this.#pendingSince = undefined;
  }

  /** What each destination should get, and what its number of endpoints makes fair. */
  #shares(model: Model, names: readonly string[], now: number): { share: number; fair: number }[] {
    const owned = names.map((name) => this.#options.endpointsOf(name));
    const addresses = [...new Set(owned.flat())];
    if (addresses.length === 0) throw new Error(`${this.#options.name}: no endpoints of ${names.join(', ')}`);
    const estimates = addresses.map((address) => this.#estimates.of(address, now));
    if (estimates.every(({ latency }) => latency === undefined))
      throw new Error(`${this.#options.name}: the fleet has said nothing of its endpoints yet`);
    const all = trafficShares(this.#parts.core, model, estimates, now);
    const byAddress = new Map(addresses.map((address, i) => [address, all[i]!]));
    // An endpoint in several destinations counts in part for each.
    const owners = (address: string) => owned.filter((list) => list.includes(address)).length;
    return owned.map((list) => ({
      share: list.reduce((sum, address) => sum + byAddress.get(address)! / owners(address), 0),
      fair: list.reduce((sum, address) => sum + 1 / owners(address), 0) / addresses.length,
    }));
  }
}
