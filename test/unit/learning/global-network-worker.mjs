// A worker thread of global-network.test.ts: steps a shared network so often, all gradients 1.
import { parentPort, workerData } from 'node:worker_threads';

const { script, layout, buffers, times } = workerData;
const { GlobalNetwork } = await import(script);
const global = new GlobalNetwork(layout, buffers);
// All of them start together, so that they meet.
await new Promise((resolve) => {
  parentPort.once('message', resolve);
  parentPort.postMessage('ready');
});
for (let i = 0; i < times; i++)
  global.apply(new Float32Array(layout.size).fill(1), {
    optimiser: 'adam',
    learningRate: 1,
    clip: Infinity,
    averaging: 0,
    decisions: 3,
  });
