// A sidecar as the client of one service: workers with a table and a policy each, which tell each other what they have in
// flight as those of an Envoy do (plugin/host/siblings.ts).
import { refreshEligible } from '../core/ejection';
import { EndpointTable } from '../core/endpoint-table';
import { TOLD, onStart, onTold } from '../core/estimators';
import { Lane, MAX_ENDPOINTS } from '../core/lanes';
import { Policy, Request } from '../core/policies/policy';
import { Stream } from './random';
import { Service } from './service';
import { ejection } from './settings';

/** How often a worker exchanges with the others, and how often it tells of a start: as in the filter, ms. */
const EXCHANGE_MS: f64 = 3;
const ANNOUNCE_MS: f64 = 1;
/** Classes that a table learns: the filter's default. */
const MAX_CLASSES: i32 = 64;
const ADDRESS: usize = memory.data(64, 8);

export class Proxy {
  workers: Worker[] = [];
  /** Requests in flight by endpoint as this proxy last reported. */
  reported: StaticArray<f32>;
  reportedAt: f64 = 0;
  /** Latencies since the last report by endpoint: their sum in ms and their number. */
  latencies: StaticArray<f32>;
  answers: StaticArray<f32>;

  constructor(public service: Service) {
    const count = service.servers.length;
    this.reported = new StaticArray<f32>(count);
    this.latencies = new StaticArray<f32>(count);
    this.answers = new StaticArray<f32>(count);
  }

  /** An endpoint answered after `latency` ms: the next report tells. */
  observe(endpoint: i32, latency: f32): void {
    unchecked((this.latencies[endpoint] += latency));
    unchecked((this.answers[endpoint] += 1));
  }
}

/** What the policies are told of the request that is placed; the last one, in place. */
export const request = new Request();

export class Worker {
  table: EndpointTable;
  /** Endpoint in each slot of the table, slot of each endpoint (-1 = none). */
  endpointAt: StaticArray<i32>;
  slotOf: StaticArray<i32>;
  /** What this worker told the others by endpoint: requests and work in flight; the server's last word and its time. */
  private told: StaticArray<f32>;
  private heardAt: StaticArray<f64>;
  private toldAt: f64 = 0;
  private exchangedAt: f64 = 0;
  private isChanged: bool = true;

  constructor(
    public proxy: Proxy,
    public policy: Policy,
    public random: Stream,
    seed: u32,
    now: f64,
  ) {
    const count = proxy.service.servers.length;
    this.table = new EndpointTable(now, MAX_CLASSES, seed);
    this.endpointAt = new StaticArray<i32>(MAX_ENDPOINTS);
    this.slotOf = new StaticArray<i32>(count);
    this.told = new StaticArray<f32>(count * TOLD.length);
    this.heardAt = new StaticArray<f64>(count);
    for (let endpoint = 0; endpoint < count; endpoint++) {
      this.slotOf[endpoint] = -1;
      if (proxy.service.servers[endpoint].present) this.meet(endpoint, now);
    }
  }

  /** The endpoint joins the table. */
  meet(endpoint: i32, now: f64): void {
    const service = this.proxy.service;
    const slot = this.table.add(ADDRESS, writeAddress(service.id, endpoint), now);
    if (slot < 0) return;
    const server = service.servers[endpoint];
    this.table.set(Lane.Capacity, slot, (server.speed * (server.slots as f64)) as f32);
    this.endpointAt[slot] = endpoint;
    this.slotOf[endpoint] = slot;
  }

  /** The endpoint leaves the table. */
  forget(endpoint: i32): void {
    if (this.slotOf[endpoint] >= 0) this.table.remove(this.slotOf[endpoint]);
    this.slotOf[endpoint] = -1;
  }

  /** Slot for `request`, -1 where there is none; `bits` are those of this decision. */
  choose(now: f64, bits: u64): i32 {
    if (this.proxy.workers.length > 1) this.exchange(now);
    const table = this.table;
    if (refreshEligible(table, ejection, now, (bits >> 20) as u32) == 0) return -1;
    return this.policy.choose(table, request, now, bits);
  }

  /** A request of `work` goes to `slot`: the others are told, unless that was a moment ago. */
  start(slot: i32, work: f32, now: f64): void {
    onStart(this.table, slot, work, now);
    this.isChanged = true;
    if (this.proxy.workers.length > 1 && now - this.toldAt >= ANNOUNCE_MS) this.tell(now);
  }

  markChanged(): void {
    this.isChanged = true;
  }

  private exchange(now: f64): void {
    if (now - this.exchangedAt < EXCHANGE_MS) return;
    this.exchangedAt = now;
    if (this.isChanged) this.tell(now);
    const table = this.table;
    memory.fill(table.lane(Lane.SiblingRequests), 0, table.size << 2);
    memory.fill(table.lane(Lane.SiblingWork), 0, table.size << 2);
    const workers = this.proxy.workers;
    for (let w = 0; w < workers.length; w++) {
      if (workers[w] != this) this.hear(workers[w], now);
    }
  }

  private tell(now: f64): void {
    this.toldAt = now;
    this.isChanged = false;
    const table = this.table;
    const at = table.relative(now);
    for (let endpoint = 0; endpoint < this.slotOf.length; endpoint++) {
      const slot = unchecked(this.slotOf[endpoint]);
      const told = endpoint * TOLD.length;
      for (let l = 0; l < TOLD.length; l++) {
        unchecked((this.told[told + l] = slot >= 0 ? table.get(unchecked(TOLD[l]) as Lane, slot) : 0));
      }
      const age = slot >= 0 ? ((at - table.get(Lane.ServerAt, slot)) as f64) : Infinity;
      unchecked((this.heardAt[endpoint] = now - age));
    }
  }

  private hear(other: Worker, now: f64): void {
    const table = this.table;
    const at = table.relative(now);
    for (let slot = 0; slot < table.size; slot++) {
      const endpoint = unchecked(this.endpointAt[slot]);
      const told = changetype<usize>(other.told) + ((endpoint * TOLD.length) << 2);
      onTold(table, slot, told, at - ((now - unchecked(other.heardAt[endpoint])) as f32));
    }
  }
}

/** `10.1.SERVICE.ENDPOINT:80` at ADDRESS; returns its length. */
function writeAddress(service: i32, endpoint: i32): i32 {
  const text = `10.1.${service.toString()}.${endpoint.toString()}:80`;
  return String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, ADDRESS) as i32;
}
