// What goes wrong, and when: a fault is on or off, and an endpoint's condition follows from all that are on.
import { Alternating } from './alternating';
import { Server } from './server';

export const enum FaultKind {
  Slow,
  Down,
  Errors,
  /** On while the endpoint is not there: before it is added, after it is removed. */
  Absent,
}

export class Fault {
  on: bool = false;
  /** On and off at random rather than once. */
  random: Alternating | null = null;

  /** Times in ms; `value`: the factor of a slowdown, the rate of errors. */
  constructor(
    public kind: FaultKind,
    public server: Server,
    public from: f64,
    public to: f64,
    public value: f64,
  ) {}

  /** Whether it is on at a time that does not decrease from call to call. */
  isOnAt(time: f64): bool {
    const random = this.random;
    return random !== null ? random.at(time) : time >= this.from && time < this.to;
  }

  /** Time of the change after the one that was just made, Infinity where none follows. */
  next(): f64 {
    const random = this.random;
    if (random !== null) return random.until;
    return this.on ? this.to : Infinity;
  }

  /** Makes the change that is due. */
  change(): void {
    const random = this.random;
    if (random !== null) random.change();
    this.on = !this.on;
  }
}

/** Sets the condition of an endpoint: slowdowns multiply, the highest error rate counts. */
export function applyFaults(faults: Fault[], server: Server): void {
  server.speedFactor = 1;
  server.down = false;
  server.present = true;
  server.errorRate = server.service.errorRate;
  for (let i = 0; i < faults.length; i++) {
    const fault = faults[i];
    if (!fault.on || fault.server != server) continue;
    if (fault.kind == FaultKind.Slow) server.speedFactor *= fault.value;
    else if (fault.kind == FaultKind.Down) server.down = true;
    else if (fault.kind == FaultKind.Absent) server.present = false;
    else server.errorRate = max(server.errorRate, fault.value);
  }
}
