// A server of the benchmark says its port, and what it uses whenever it is asked.
import { followParent } from '../../trainer/mesh/apps/child-process.js';

export interface Usage {
  /** Of the process since it began, user and system, in microseconds. */
  readonly cpuUs: number;
  readonly rssMb: number;
}

export function onUsage(port: number, stop: () => void): void {
  followParent();
  process.on('message', (message) => {
    if (message === 'usage') process.send!(usage());
    else stop();
  });
  process.send!({ port });
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuUs: user + system, rssMb: process.memoryUsage().rss / 2 ** 20 };
}
