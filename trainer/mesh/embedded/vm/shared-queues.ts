// Queues between the VMs of one process. What is enqueued is announced to the VM that registered the queue last.
import { Status } from './abi.js';

interface Queue {
  readonly token: number;
  readonly items: Uint8Array[];
  announce: () => void;
}

export class SharedQueues {
  private readonly byName = new Map<string, Queue>();
  private readonly byToken: Queue[] = [];

  private static key(vmId: string, name: string): string {
    return `${vmId}\0${name}`;
  }

  /** The token of the queue, the same one whenever the name is the same; data in it stays. */
  register(vmId: string, name: string, announce: () => void): number {
    const key = SharedQueues.key(vmId, name);
    const known = this.byName.get(key);
    if (known !== undefined) {
      known.announce = announce;
      return known.token;
    }
    const queue: Queue = { token: this.byToken.length + 1, items: [], announce };
    this.byName.set(key, queue);
    this.byToken.push(queue);
    return queue.token;
  }

  resolve(vmId: string, name: string): number | undefined {
    return this.byName.get(SharedQueues.key(vmId, name))?.token;
  }

  enqueue(token: number, item: Uint8Array): number {
    const queue = this.byToken[token - 1];
    if (queue === undefined) return Status.NOT_FOUND;
    queue.items.push(item.slice());
    queue.announce();
    return Status.OK;
  }

  /** The oldest item, or the status that says why there is none. */
  dequeue(token: number): Uint8Array | number {
    const queue = this.byToken[token - 1];
    if (queue === undefined) return Status.NOT_FOUND;
    return queue.items.shift() ?? Status.EMPTY;
  }
}
