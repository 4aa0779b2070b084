// TensorFlow.js and what it computes on: TensorFlow's own kernels by way of tfjs-node where scripts/tfjs-node.mjs could
// provide it, else WebAssembly with SIMD. test/unit/learning/backend.test.ts lists the gradients known to work on both.
//
// What has no gradient, so that losses are written without it:
// - on both: comparisons (greater, equal, ...) of what is differentiated, and so tf.where on one of them: take maximum,
//   minimum, clipByValue, step, or a mask made outside. topk, gatherND, einsum. cumsum but along the last axis.
// - on wasm: gather and with it embedding lookups (an action's log-probability is oneHot x logSoftmax, summed), conv1d.
// Threads of the wasm backend stay off: under Node they end in the plain JavaScript one, an order slower.
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import type * as Tfjs from '@tensorflow/tfjs';
import type * as Wasm from '@tensorflow/tfjs-backend-wasm';

export type TF = typeof Tfjs;

export interface Backend {
  readonly tf: TF;
  /** As tf.getBackend() has it. */
  readonly name: 'tensorflow' | 'wasm';
}

const CHOICES = ['node', 'wasm'] as const;
export type BackendChoice = (typeof CHOICES)[number];

// Not imports: the packages load in 0.1 s to 0.3 s, which only training should pay, and tfjs-node may be absent. All of
// them share one tfjs-core.
const require = createRequire(import.meta.url);

/** What WEIR_TFJS says; undefined where it says nothing. */
export function chosenBackend(env: NodeJS.ProcessEnv = process.env): BackendChoice | undefined {
  const value = env['WEIR_TFJS'];
  if (value === undefined || value === '') return undefined;
  const choice = CHOICES.find((known) => known === value);
  if (choice === undefined)
    throw new Error(`WEIR_TFJS is '${value}': it takes ${CHOICES.join(' or ')}, or is left out`);
  return choice;
}

/**
 * Sets what TensorFlow reads from the process's environment: one thread an operation and a quiet start. Learners run
 * side by side in worker threads, which use the cores already. A worker's process.env is a copy that TensorFlow never
 * sees: who starts workers calls this first.
 */
export function prepareTensorFlow(env: NodeJS.ProcessEnv = process.env): void {
  env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  env['TF_NUM_INTRAOP_THREADS'] ??= '1';
  env['TF_NUM_INTEROP_THREADS'] ??= '1';
}

/**
 * Loads TensorFlow.js on the backend wanted, by default on the faster one that is there. A thread has one backend at a
 * time: loading the other moves it over, for everyone in this thread.
 */
export async function loadBackend(wanted = chosenBackend()): Promise<Backend> {
  if (wanted === 'wasm') return useWasm();
  try {
    return await useTensorFlow();
  } catch (error) {
    if (wanted === undefined) return useWasm();
    const why = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0];
    throw new Error(`tfjs-node does not load (${why}); WEIR_TFJS=node npm run setup tells what it lacks`, {
      cause: error,
    });
  }
}

async function useTensorFlow(): Promise<Backend> {
  prepareTensorFlow();
  // tfjs-node 4.22 calls these two, which warn from Node 22 on and are gone in Node 23.
  Object.assign(require('node:util') as object, {
    isArray: Array.isArray,
    isNullOrUndefined: (value: unknown) => value === undefined || value === null,
  });
  require('@tensorflow/tfjs-node');
  return use('tensorflow');
}

let wasmConfigured = false;

async function useWasm(): Promise<Backend> {
  const { env } = require('@tensorflow/tfjs') as TF;
  const { setWasmPaths } = require('@tensorflow/tfjs-backend-wasm') as typeof Wasm;
  if (!wasmConfigured) {
    setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
    env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    wasmConfigured = true;
  }
  return withoutItsHandlers(() => use('wasm'));
}

async function use(name: Backend['name']): Promise<Backend> {
  const tf = require('@tensorflow/tfjs') as TF;
  await tf.setBackend(name);
  await tf.ready();
  // Where a backend cannot start, TensorFlow.js takes the next one without a word.
  if (tf.getBackend() !== name)
    throw new Error(`TensorFlow.js was to compute on ${name} and does on ${tf.getBackend()}`);
  return { tf, name };
}

/** Emscripten's start claims the errors that nobody caught and throws them anew, past the program's own handlers. */
async function withoutItsHandlers<T>(start: () => Promise<T>): Promise<T> {
  const events = ['uncaughtException', 'unhandledRejection'];
  const before = events.map((event) => process.rawListeners(event));
  try {
    return await start();
  } finally {
    for (const [i, event] of events.entries())
      for (const listener of process.rawListeners(event))
        if (!before[i]!.includes(listener)) process.off(event, listener as () => void);
  }
}
