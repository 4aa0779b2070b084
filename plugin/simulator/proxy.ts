// A sidecar as the client of one service: workers with a table and a policy each, which tell each other what they have in
// flight as those of an Envoy do (plugin/host/siblings.ts).
import { refreshEligible } from '../core/ejection';
import { EndpointTable } from '../core/endpoint-table';
import { onStart } from '../core/estimators';
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

  constructor(public service: Service) {
    this.reported = new StaticArray<f32>(service.servers.length);
  }
}

/** What the policies are told of the request that is placed; the last one, in place. */
export const request = new Request();

export class Worker {
  table: EndpointTable;
  /** Endpoint in each slot of the table, slot of each endpoint (-1 = none). */
  endpointAt: StaticArray<i32>;
  slotOf: StaticArray<i32>;
  /** What this worker told the others: requests, then work in flight, by endpoint. */
  private told: StaticArray<f32>;
  private toldAt: f64 = 0;
  private exchangedAt: f64 = 0;
  private isChanged: bool = true;

  constructor(
    public proxy: Proxy,
    public policy: Policy,
    public random: Stream,
    now: f64,
  ) {
    const count = proxy.service.servers.length;
    this.table = new EndpointTable(now, MAX_CLASSES);
    this.endpointAt = new StaticArray<i32>(MAX_ENDPOINTS);
    this.slotOf = new StaticArray<i32>(count);
    this.told = new StaticArray<f32>(count * 2);
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
      if (workers[w] != this) this.hear(workers[w].told);
    }
  }

  private tell(now: f64): void {
    this.toldAt = now;
    this.isChanged = false;
    const count = this.slotOf.length;
    for (let endpoint = 0; endpoint < count; endpoint++) {
      const slot = unchecked(this.slotOf[endpoint]);
      const known = slot >= 0;
      unchecked((this.told[endpoint] = known ? this.table.get(Lane.Requests, slot) : 0));
      unchecked((this.told[count + endpoint] = known ? this.table.get(Lane.Work, slot) : 0));
    }
  }

  private hear(told: StaticArray<f32>): void {
    const table = this.table;
    const count = this.slotOf.length;
    for (let slot = 0; slot < table.size; slot++) {
      const endpoint = unchecked(this.endpointAt[slot]);
      const requests = table.get(Lane.SiblingRequests, slot) + unchecked(told[endpoint]);
      const work = table.get(Lane.SiblingWork, slot) + unchecked(told[count + endpoint]);
      table.set(Lane.SiblingRequests, slot, requests);
      table.set(Lane.SiblingWork, slot, work);
    }
  }
}

/** `10.1.SERVICE.ENDPOINT:80` at ADDRESS; returns its length. */
function writeAddress(service: i32, endpoint: i32): i32 {
  const text = `10.1.${service.toString()}.${endpoint.toString()}:80`;
  return String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, ADDRESS) as i32;
}
