// Time that moves when the test says so, and ticks that come when they are due.
import type { RootContext } from '../../../trainer/mesh/embedded/vm/root-context.js';

const NS_PER_MS = 1_000_000;

export class VirtualClock {
  private readonly due = new Map<RootContext, number>();
  private nowMs: number;
  /** What somebody has set the wall clock forward by; ticks know nothing of it, as timers do not. */
  wallOffsetMs = 0;

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  get milliseconds(): number {
    return this.nowMs;
  }

  /** In two steps, since nanoseconds since 1970 are past what a double holds exactly. */
  get nanoseconds(): bigint {
    const wall = this.nowMs + this.wallOffsetMs;
    const whole = Math.floor(wall);
    return BigInt(whole) * BigInt(NS_PER_MS) + BigInt(Math.round((wall - whole) * NS_PER_MS));
  }

  /** The next tick is a period from now; 0: none any more. */
  setTickPeriod(root: RootContext, milliseconds: number): void {
    if (milliseconds === 0) this.due.delete(root);
    else this.due.set(root, this.nowMs + milliseconds);
  }

  advance(milliseconds: number): void {
    const target = this.nowMs + milliseconds;
    for (let next = this.next(target); next !== undefined; next = this.next(target)) {
      const [root, at] = next;
      this.nowMs = at;
      this.due.set(root, at + root.tickPeriod);
      root.tick();
    }
    this.nowMs = target;
  }

  private next(until: number): [RootContext, number] | undefined {
    const soonest = [...this.due].sort(([, a], [, b]) => a - b)[0];
    return soonest !== undefined && soonest[1] <= until ? soonest : undefined;
  }
}
