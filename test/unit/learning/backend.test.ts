// Both backends of TensorFlow.js: the gradients are those worked by hand, here and in worker threads.
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import {
  chosenBackend,
  loadBackend,
  prepareTensorFlow,
  type BackendChoice,
} from '../../../trainer/learning/backend.js';
import { compiledScript } from '../../../trainer/mesh/apps/child-process.js';
import { CASES, X } from './gradients.js';

prepareTensorFlow();

const TFJS_NODE = '@tensorflow/tfjs-node';
/** Why tfjs-node cannot be tested here; undefined where it can. */
const absent = await loadBackend('node').then(
  () => undefined,
  (error: unknown) => String(error),
);

interface Task {
  readonly wanted?: BackendChoice;
  readonly without?: string;
}

async function inWorker(task: Task, env: NodeJS.ProcessEnv = {}) {
  const backend = compiledScript(import.meta.url, '../../../trainer/learning/backend.js');
  const script = fileURLToPath(new URL('backend-worker.mjs', import.meta.url));
  const { WEIR_TFJS: _, ...inherited } = process.env;
  const worker = new Worker(script, { workerData: { ...task, backend }, env: { ...inherited, ...env } });
  const [answer] = await once(worker, 'message');
  await worker.terminate();
  return answer;
}

const BACKENDS = [
  { choice: 'wasm', name: 'wasm', missing: undefined },
  { choice: 'node', name: 'tensorflow', missing: absent },
] as const;

for (const { choice, name, missing } of BACKENDS) {
  describe.skipIf(missing !== undefined)(
    `the backend ${name}${missing ? `, skipped: ${missing}` : ''}`,
    () => {
      it('is the one that computes', async () => {
        const { tf, name: given } = await loadBackend(choice);
        expect([given, tf.getBackend()]).toEqual([name, name]);
      });

      it.each(CASES)('has the gradient of $name', async ({ loss, gradient }) => {
        const { tf } = await loadBackend(choice);
        const values = tf.tidy(() =>
          tf
            .grad((x) => tf.sum(loss(tf, x.as2D(2, 2))))(tf.tensor2d(X))
            .dataSync(),
        );
        expect(values).toHaveLength(gradient.length);
        gradient.forEach((value, i) => expect(values[i]).toBeCloseTo(value, 5));
      });

      it('keeps no tensor of a step that was tidied up', async () => {
        const { tf } = await loadBackend(choice);
        const weights = tf.variable(tf.tensor2d(X));
        const step = () =>
          tf.tidy(() => {
            const { grads } = tf.variableGrads(() => tf.sum(tf.square(weights)));
            weights.assign(tf.sub(weights, tf.mul(0.1, grads[weights.name]!)));
          });
        step();
        const { numTensors } = tf.memory();
        for (let i = 0; i < 100; i++) step();
        expect(tf.memory().numTensors).toBe(numTensors);
        weights.dispose();
      });

      it('works in worker threads side by side, and takes no uncaught error for itself', async () => {
        const answer = { name, active: name, gradient: [2, -4, 6], added: [0, 0] };
        const tasks = [{ wanted: choice }, { wanted: choice }];
        expect(await Promise.all(tasks.map((task) => inWorker(task)))).toEqual([answer, answer]);
      });

      it('is what WEIR_TFJS chooses', async () => {
        expect(await inWorker({}, { WEIR_TFJS: choice })).toMatchObject({ name });
      });
    },
  );
}

describe('loadBackend', () => {
  it('takes WebAssembly where tfjs-node is not there', async () => {
    expect(await inWorker({ without: TFJS_NODE })).toMatchObject({ name: 'wasm', gradient: [2, -4, 6] });
  });

  it('fails where tfjs-node is asked for and not there, and says what to do', async () => {
    const error = `tfjs-node does not load (Cannot find module '${TFJS_NODE}'); WEIR_TFJS=node npm run setup tells what it lacks`;
    expect(await inWorker({ wanted: 'node', without: TFJS_NODE })).toEqual({ error });
    expect(await inWorker({ without: TFJS_NODE }, { WEIR_TFJS: 'node' })).toEqual({ error });
  });

  it('refuses a WEIR_TFJS that it does not know', async () => {
    const error = "WEIR_TFJS is 'gpu': it takes node or wasm, or is left out";
    expect(await inWorker({}, { WEIR_TFJS: 'gpu' })).toEqual({ error });
    expect(() => chosenBackend({ WEIR_TFJS: 'gpu' })).toThrow(error);
  });
});

describe('prepareTensorFlow', () => {
  it('asks for one thread and quiet, but lets the operator say otherwise', () => {
    const env: NodeJS.ProcessEnv = { TF_NUM_INTRAOP_THREADS: '4' };
    prepareTensorFlow(env);
    expect(env).toEqual({
      TF_NUM_INTRAOP_THREADS: '4',
      TF_NUM_INTEROP_THREADS: '1',
      TF_CPP_MIN_LOG_LEVEL: '2',
    });
  });
});
