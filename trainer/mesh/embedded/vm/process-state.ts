// What the VMs of one Envoy process share: shared data (apart for each vm_id), queues, metrics.
import { Metrics } from './metrics.js';
import { SharedData } from './shared-data.js';
import { SharedQueues } from './shared-queues.js';

export class ProcessState {
  readonly queues = new SharedQueues();
  readonly metrics = new Metrics();
  private readonly spaces = new Map<string, SharedData>();
  private readonly deferred: (() => void)[] = [];
  private depth = 0;

  data(vmId: string): SharedData {
    const space = this.spaces.get(vmId) ?? new SharedData();
    this.spaces.set(vmId, space);
    return space;
  }

  /** Runs `work` after the call into a plugin that is under way, at once when there is none: no VM is re-entered. */
  defer(work: () => void): void {
    this.deferred.push(work);
    this.drain();
  }

  enter(): void {
    this.depth += 1;
  }

  leave(): void {
    this.depth -= 1;
    this.drain();
  }

  private drain(): void {
    while (this.depth === 0) {
      const work = this.deferred.shift();
      if (work === undefined) return;
      work();
    }
  }
}
