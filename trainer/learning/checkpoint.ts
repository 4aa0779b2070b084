// A training on disk: one line of JSON that says what it is, then the global network's numbers. Written beside and renamed,
// so that whatever kills the process, and whatever the disk refuses, leaves the last whole one.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { crc32 } from '../actor/crc32.js';
import { FEATURE_SET_HASH } from '../actor/features.js';
import type { Hyperparameters } from '../algorithms/algorithm.js';
import type { GlobalNetwork, Snapshot } from './global-network.js';
import type { Layout } from './parameters.js';

const KIND = 'weir-training';
const VERSION = 2;

export interface TrainingState {
  readonly algorithm: string;
  readonly hyperparameters: Hyperparameters;
  readonly seed: number;
  /** Of learning so far. */
  readonly elapsedMs: number;
}

interface Head extends TrainingState, Omit<Snapshot, 'numbers'> {
  readonly kind: typeof KIND;
  readonly version: number;
  /** Of the features that the network was learned on. */
  readonly features: number;
  /** The parts of the network with their shapes. */
  readonly parts: readonly string[];
}

/** A checkpoint that cannot be gone on from; the message names the file and what is wrong. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

/** @throws {Error} where it cannot be written; the message names the file, and what was there stays */
export function writeCheckpoint(path: string, state: TrainingState, global: GlobalNetwork): void {
  const { numbers, ...counters } = global.snapshot();
  const bytes = new Uint8Array(numbers.buffer);
  const parts = partsOf(global.layout);
  const head: Head = {
    kind: KIND,
    version: VERSION,
    features: FEATURE_SET_HASH,
    parts,
    ...state,
    ...counters,
  };
  const line = JSON.stringify({ ...head, crc: checksum(head, bytes) });
  const part = `${path}.part`;
  try {
    replace(part, path, [`${line}\n`, bytes]);
  } catch (error) {
    throw new Error(`${path}: the checkpoint cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function replace(part: string, path: string, contents: readonly (string | Uint8Array)[]): void {
  const file = openSync(part, 'w');
  try {
    try {
      // Unlike writeSync it goes on after a write of less than all, which is how a disk begins to be full.
      for (const content of contents) writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

export interface Checkpoint {
  readonly state: TrainingState;
  /** Puts the numbers into a network of the same layout. @throws {CheckpointError} where it has another */
  restore(global: GlobalNetwork): void;
}

/** @throws {CheckpointError} */
export function readCheckpoint(path: string): Checkpoint {
  const content = readFile(path);
  const end = content.indexOf(0x0a);
  const { crc, ...head } = parseHead(path, content.subarray(0, Math.max(0, end)).toString());
  const bytes = Uint8Array.from(content.subarray(end + 1));
  if (bytes.length % 4 !== 0 || checksum(head, bytes) !== crc)
    throw new CheckpointError(`${path}: is damaged: start anew without --resume`);
  const numbers = new Float32Array(bytes.buffer);
  const { algorithm, hyperparameters, seed, elapsedMs, steps, updates, decisions } = head;
  return {
    state: { algorithm, hyperparameters, seed, elapsedMs },
    restore(global) {
      const parts = partsOf(global.layout);
      const at = parts.findIndex((part, i) => part !== head.parts[i]);
      if (at >= 0 || parts.length !== head.parts.length)
        throw new CheckpointError(
          `${path}: has ${head.parts.at(at) ?? 'nothing'} where this network has ${parts[at] ?? 'nothing'}: ` +
            'resume with the hyperparameters that it was started with',
        );
      global.restore({ numbers, steps, updates, decisions });
    },
  };
}

const partsOf = ({ parts }: Layout): string[] =>
  parts.map(({ name, rows, columns }) => `${name} ${rows}x${columns}`);

const checksum = (head: Head, bytes: Uint8Array): number =>
  crc32(Buffer.concat([Buffer.from(JSON.stringify(head)), bytes]));

function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CheckpointError(`${path}: the checkpoint cannot be read: ${(error as Error).message}`);
  }
}

function parseHead(path: string, line: string): Head & { readonly crc: number } {
  try {
    const head = JSON.parse(line) as Head & { readonly crc: number };
    if (head.kind === KIND && head.version === VERSION && head.features === FEATURE_SET_HASH) return head;
  } catch {
    // Said below.
  }
  throw new CheckpointError(`${path}: not a checkpoint of this version`);
}
