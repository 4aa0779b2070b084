// A training on disk: one line of JSON that says what it is, then the global network's numbers. Written beside and renamed,
// so that whatever kills the process leaves the last whole one.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { crc32 } from '../actor/crc32.js';
import type { Hyperparameters } from '../algorithms/algorithm.js';
import type { GlobalNetwork } from './global-network.js';

const KIND = 'weir-training';
const VERSION = 1;

export interface TrainingState {
  readonly algorithm: string;
  readonly hyperparameters: Hyperparameters;
  readonly seed: number;
  /** Of learning so far. */
  readonly elapsedMs: number;
}

interface Head extends TrainingState {
  readonly kind: typeof KIND;
  readonly version: number;
  readonly updates: number;
  readonly decisions: number;
  readonly steps: number;
  readonly size: number;
  readonly crc: number;
}

/** A checkpoint that cannot be gone on from; the message names the file and what is wrong. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

export function writeCheckpoint(path: string, state: TrainingState, global: GlobalNetwork): void {
  const { first, second, steps } = global.state;
  const numbers = Float32Array.from([...global.copy(), ...global.average, ...first, ...second]);
  const bytes = new Uint8Array(numbers.buffer);
  const head: Head = {
    kind: KIND,
    version: VERSION,
    ...state,
    updates: global.updates,
    decisions: global.decisions,
    steps: steps[0]!,
    size: numbers.length,
    crc: crc32(bytes),
  };
  const part = `${path}.${process.pid}.tmp`;
  const file = openSync(part, 'w');
  try {
    writeSync(file, `${JSON.stringify(head)}\n`);
    writeSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(part, path);
}

export interface Checkpoint {
  readonly state: TrainingState;
  /** Puts the numbers into a network of the same layout. */
  restore(global: GlobalNetwork): void;
}

/** @throws {CheckpointError} */
export function readCheckpoint(path: string): Checkpoint {
  const content = readFile(path);
  const end = content.indexOf(0x0a);
  const head = parseHead(path, content.subarray(0, Math.max(0, end)).toString());
  const bytes = Uint8Array.from(content.subarray(end + 1));
  if (bytes.length !== 4 * head.size || crc32(bytes) !== head.crc)
    throw new CheckpointError(`${path}: the numbers are damaged: start anew without --resume`);
  const numbers = new Float32Array(bytes.buffer);
  const { algorithm, hyperparameters, seed, elapsedMs } = head;
  return {
    state: { algorithm, hyperparameters, seed, elapsedMs },
    restore(global) {
      const { size } = global.layout;
      if (numbers.length !== 4 * size)
        throw new CheckpointError(`${path}: has ${numbers.length} numbers, this network ${4 * size}`);
      const { parameters, average, state } = global;
      for (const [i, to] of [parameters, average, state.first, state.second].entries())
        to.set(numbers.subarray(i * size, (i + 1) * size));
      state.steps[0] = head.steps;
      global.updates = head.updates;
      global.decisions = head.decisions;
    },
  };
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CheckpointError(`${path}: ${(error as Error).message}`);
  }
}

function parseHead(path: string, line: string): Head {
  try {
    const head = JSON.parse(line) as Head;
    if (head.kind === KIND && head.version === VERSION) return head;
  } catch {
    // Said below.
  }
  throw new CheckpointError(`${path}: not a checkpoint of this version`);
}
