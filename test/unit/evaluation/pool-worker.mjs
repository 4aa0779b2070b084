// A worker thread of pool.test.ts: does what each job says.
import { parentPort, workerData } from 'node:worker_threads';

const flag = workerData && new Int32Array(workerData.shared);

parentPort.on('message', (job) => {
  if (job.throws) throw new Error(job.throws);
  if (job.exits !== undefined) process.exit(job.exits);
  if (job.loops) for (;;);
  if (job.waits) Atomics.wait(flag, 0, 0);
  if (job.wakes) {
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
  }
  parentPort.postMessage(`did ${job.name}`);
});
