// Ticks of the root contexts of a running sidecar.
import type { RootContext } from '../vm/root-context.js';

export class TickTimers {
  private readonly timers = new Map<RootContext, NodeJS.Timeout>();

  /** The next tick is a period from now, also when the period changes, as in Envoy; 0 ends them. */
  set(root: RootContext, milliseconds: number): void {
    clearTimeout(this.timers.get(root));
    this.timers.delete(root);
    if (milliseconds > 0) this.timers.set(root, setTimeout(() => this.run(root), milliseconds).unref());
  }

  clear(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private run(root: RootContext): void {
    const due = this.timers.get(root);
    root.tick();
    // Unless the tick itself set another period.
    if (this.timers.get(root) === due) this.set(root, root.tickPeriod);
  }
}
