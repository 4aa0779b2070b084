// A worker thread of backend.test.ts: loads the backend that it is told to and posts a gradient, or the error.
import Module from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

if (workerData.without) {
  const load = Module._load;
  Module._load = (id, ...rest) => {
    if (id === workerData.without) throw new Error(`Cannot find module '${id}'\nmore lines`);
    return load(id, ...rest);
  };
}

const handlers = () =>
  ['uncaughtException', 'unhandledRejection'].map((event) => process.listenerCount(event));

try {
  const before = handlers();
  const { loadBackend } = await import(workerData.backend);
  const { tf, name } = await loadBackend(workerData.wanted);
  const gradient = tf.grad((x) => tf.sum(tf.square(x)))(tf.tensor1d([1, -2, 3]));
  const added = handlers().map((count, i) => count - before[i]);
  parentPort.postMessage({ name, active: tf.getBackend(), gradient: [...gradient.dataSync()], added });
} catch (error) {
  parentPort.postMessage({ error: error.message });
}
