// The endpoints of one cluster as one worker sees them: addresses, and the lanes of lanes.ts.
// Slots keep their index while requests refer to them, so a request in flight survives every change of the table.
import { DEFAULT_LATENCY_MS } from './constants';
import { ClassTable } from './classes';
import { Lane, MAX_ENDPOINTS, NEVER } from './lanes';
import { fnv1a, mix, uniform } from './math';

/** One length byte and at most 63 bytes of `ip:port` (the longest IPv6 form has 47). */
const ADDRESS_CELL: i32 = 64;
const MAX_ADDRESS: i32 = ADDRESS_CELL - 1;

/** Times are floats relative to `origin`; past this age (ms) the origin moves, which keeps 1/64 ms of precision. */
const REBASE_MS: f64 = 262144;

export class EndpointTable {
  /** Slots in use, holes included: endpoints have indices below it. */
  size: i32 = 0;
  /** Endpoints present. */
  count: i32 = 0;
  capacity: i32 = 0;
  lanes: usize = 0;
  private cells: usize = 0;
  private hashes: usize = 0;
  private origin: f64 = 0;

  /** Cluster-wide averages, of the same kind as the lanes. */
  latency: f32 = 0;
  deviation: f32 = 0;
  samples: f32 = 0;
  latencyAt: f32 = NEVER;
  serverTime: f32 = 0;
  rateFast: f32 = 0;
  rateSlow: f32 = 0;
  startedAt: f32 = NEVER;
  /** Proxies that share the cluster, and when the fleet was last seen. */
  proxies: f32 = 1;
  fleetAt: f32 = NEVER;
  /** Endpoints ejected or in slow start: while none is, a decision skips the check of each. */
  irregular: bool = true;
  classes: ClassTable;

  /** @param seed of this worker's affinities */
  constructor(
    now: f64,
    maxClasses: i32,
    private seed: u32,
  ) {
    this.origin = now;
    this.classes = new ClassTable(maxClasses);
    this.reserve(4);
  }

  /** Address of the first float of a lane. */
  lane(lane: Lane): usize {
    return this.lanes + ((lane * this.capacity) << 2);
  }

  get(lane: Lane, endpoint: i32): f32 {
    return load<f32>(this.lanes + ((lane * this.capacity + endpoint) << 2));
  }

  set(lane: Lane, endpoint: i32, value: f32): void {
    store<f32>(this.lanes + ((lane * this.capacity + endpoint) << 2), value);
  }

  isEligible(endpoint: i32): bool {
    return this.get(Lane.Eligible, endpoint) > 0;
  }

  isPresent(endpoint: i32): bool {
    return this.get(Lane.Present, endpoint) > 0;
  }

  /** Latency average of the cluster, or the default while nothing has answered. */
  meanLatency(): f32 {
    return this.latency > 0 ? this.latency : DEFAULT_LATENCY_MS;
  }

  /**
   * Milliseconds since the origin; moves the origin when the distance grows. A clock that went back before the origin
   * makes nothing older: times stay what they were, so that they lie at most one REBASE_MS ahead.
   */
  relative(now: f64): f32 {
    const since = now - this.origin;
    if (since >= 0 && since < REBASE_MS) return since as f32;
    if (since > 0) this.rebase(since as f32);
    this.origin = now;
    return 0;
  }

  private rebase(shift: f32): void {
    for (let lane = Lane.LatencyAt; lane <= Lane.ReturnedAt; lane++) {
      for (let i = 0; i < this.size; i++) this.set(lane, i, max<f32>(this.get(lane, i) - shift, NEVER));
    }
    this.startedAt = max<f32>(this.startedAt - shift, NEVER);
    this.latencyAt = max<f32>(this.latencyAt - shift, NEVER);
    this.fleetAt = max<f32>(this.fleetAt - shift, NEVER);
    this.classes.rebase(shift);
  }

  addressOf(endpoint: i32): usize {
    return this.cells + endpoint * ADDRESS_CELL + 1;
  }

  addressLength(endpoint: i32): i32 {
    return load<u8>(this.cells + endpoint * ADDRESS_CELL);
  }

  addressHash(endpoint: i32): u32 {
    return load<u32>(this.hashes + (endpoint << 2));
  }

  /** Whether `endpoint` has this address. */
  isAt(endpoint: i32, address: usize, length: i32): bool {
    if (this.addressLength(endpoint) != length) return false;
    const own = this.addressOf(endpoint);
    // From the end, where addresses differ. (`memory.compare` is ten times the code.)
    while (length > 0 && load<u8>(own + length - 1) == load<u8>(address + length - 1)) length--;
    return length == 0;
  }

  /** Index of the present endpoint with this address, or -1. */
  find(address: usize, length: i32): i32 {
    const hash = fnv1a(address, length);
    for (let i = 0; i < this.size; i++) {
      if (this.addressHash(i) == hash && this.isPresent(i) && this.isAt(i, address, length)) return i;
    }
    return -1;
  }

  /** Adds an endpoint, or finds it. Returns its index, -1 where the table is full or the address too long. */
  add(address: usize, length: i32, now: f64): i32 {
    if (length < 1 || length > MAX_ADDRESS) return -1;
    const known = this.find(address, length);
    if (known >= 0) return known;
    let slot = this.freeSlot();
    if (slot < 0) {
      if (this.size == MAX_ENDPOINTS) return -1;
      if (this.size == this.capacity) this.reserve(min(this.capacity * 2, MAX_ENDPOINTS));
      slot = this.size++;
    }
    const at = this.relative(now);
    for (let lane = 0; lane < Lane.COUNT; lane++) {
      this.set(lane, slot, lane >= Lane.LatencyAt && lane <= Lane.ReturnedAt ? NEVER : 0);
    }
    // An endpoint that joins a running cluster warms up; those of a fresh table start together.
    if (this.startedAt > NEVER) this.set(Lane.ReturnedAt, slot, at);
    this.set(Lane.OutcomeAt, slot, at);
    this.set(Lane.Capacity, slot, 1);
    this.set(Lane.Affinity, slot, uniform(mix(this.seed, fnv1a(address, length))) * 2 - 1);
    this.set(Lane.Present, slot, 1);
    const cell = this.cells + slot * ADDRESS_CELL;
    store<u8>(cell, length as u8);
    memory.copy(cell + 1, address, length);
    store<u32>(this.hashes + (slot << 2), fnv1a(address, length));
    this.count++;
    this.irregular = true;
    return slot;
  }

  /** Takes an endpoint out; its slot is used again once nothing of it is in flight. */
  remove(endpoint: i32): void {
    if (!this.isPresent(endpoint)) return;
    this.set(Lane.Present, endpoint, 0);
    this.set(Lane.Eligible, endpoint, 0);
    this.set(Lane.Weight, endpoint, 0);
    this.count--;
    this.irregular = true;
  }

  private freeSlot(): i32 {
    for (let i = 0; i < this.size; i++) {
      if (!this.isPresent(i) && this.get(Lane.Requests, i) == 0) return i;
    }
    return -1;
  }

  /** Room for `capacity` endpoints; lanes beyond `size` are zero, so four-wide loops may read past the end. */
  private reserve(capacity: i32): void {
    const lanes = heap.alloc((Lane.COUNT * capacity) << 2);
    memory.fill(lanes, 0, (Lane.COUNT * capacity) << 2);
    const cells = heap.alloc(capacity * ADDRESS_CELL);
    const hashes = heap.alloc(capacity << 2);
    if (this.capacity > 0) {
      for (let lane = 0; lane < Lane.COUNT; lane++) {
        memory.copy(lanes + ((lane * capacity) << 2), this.lane(lane), this.size << 2);
      }
      memory.copy(cells, this.cells, this.size * ADDRESS_CELL);
      memory.copy(hashes, this.hashes, this.size << 2);
      this.dispose();
    }
    this.lanes = lanes;
    this.cells = cells;
    this.hashes = hashes;
    this.capacity = capacity;
  }

  /** Frees what the garbage collector does not know of. */
  dispose(): void {
    heap.free(this.lanes);
    heap.free(this.cells);
    heap.free(this.hashes);
  }
}
