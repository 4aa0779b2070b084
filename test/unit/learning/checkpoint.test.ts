import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../../trainer/algorithms/defaults.js';
import { createRandom } from '../../../trainer/environment/random.js';
import {
  CheckpointError,
  readCheckpoint,
  writeCheckpoint,
  type TrainingState,
} from '../../../trainer/learning/checkpoint.js';
import { GlobalNetwork } from '../../../trainer/learning/global-network.js';
import { layout } from '../../../trainer/learning/parameters.js';
import { compiledScript } from '../../../trainer/mesh/apps/child-process.js';

const parts = layout([
  { name: 'w1', rows: 4, columns: 3, fanIn: 3 },
  { name: 'b1', rows: 1, columns: 4, fanIn: 0 },
]);
const STATE: TrainingState = { algorithm: 'a3c', hyperparameters: DEFAULTS, seed: 7, elapsedMs: 1234.5 };

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-checkpoint-'));
  path = join(folder, 'training');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Numbers of all kinds: not a float of them may change. */
function network(seed = 1): GlobalNetwork {
  const random = createRandom(seed);
  const global = new GlobalNetwork(parts);
  const numbers = Float32Array.from(
    { length: 4 * parts.size },
    () => (random.next() - 0.5) * 10 ** (random.int(60) - 30),
  );
  numbers.set([-0, 1e-45, 3.4e38]);
  global.restore({ numbers, steps: 12, updates: 34, decisions: 56_789 });
  return global;
}

/** The one line with which it is refused. */
function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
    const { message } = error as Error;
    expect(message.split('\n')).toHaveLength(1);
    expect(message).toContain(path);
    return message;
  }
  throw new Error('was not refused');
}

describe('a checkpoint', () => {
  it('brings a network back bit for bit, with its counters and what it was', () => {
    const global = network();
    writeCheckpoint(path, STATE, global);
    const checkpoint = readCheckpoint(path);
    expect(checkpoint.state).toEqual(STATE);
    const other = new GlobalNetwork(parts);
    checkpoint.restore(other);
    expect(other.snapshot()).toEqual(global.snapshot());
    expect([other.updates, other.decisions, other.state.steps[0]]).toEqual([34, 56_789, 12]);
    expect([...other.state.second]).toEqual([...global.state.second]);
  });

  it('replaces the one before it and leaves nothing beside it', () => {
    writeCheckpoint(path, STATE, network(1));
    const second = network(2);
    writeCheckpoint(path, STATE, second);
    const restored = new GlobalNetwork(parts);
    readCheckpoint(path).restore(restored);
    expect(restored.snapshot()).toEqual(second.snapshot());
    expect(readdirSync(folder)).toEqual(['training']);
  });

  it.each([
    ['is missing', undefined, /no such file/],
    ['is empty', () => Buffer.alloc(0), /not a checkpoint of this version/],
    ['is something else', () => Buffer.from('WEIR\n\0\0'), /not a checkpoint of this version/],
    ['is JSON of another kind', () => Buffer.from('null\n{}'), /not a checkpoint of this version/],
    ['is cut in its head', (whole: Buffer) => whole.subarray(0, 40), /not a checkpoint of this version/],
    ['is cut in its numbers', (whole: Buffer) => whole.subarray(0, whole.length - 6), /is damaged/],
    ['has more after its end', (whole: Buffer) => Buffer.concat([whole, Buffer.alloc(4)]), /is damaged/],
    [
      'is of another version',
      (whole: Buffer) =>
        Buffer.from(whole.toString('latin1').replace('"version":2', '"version":1'), 'latin1'),
      /not a checkpoint of this version/,
    ],
  ])('that %s is refused in one line that names the file', (_, damage, message) => {
    if (damage) {
      writeCheckpoint(path, STATE, network());
      writeFileSync(path, damage(readFileSync(path)));
    }
    expect(refusal(() => readCheckpoint(path))).toMatch(message);
  });

  it('that is a folder is refused', () => {
    mkdirSync(path);
    expect(refusal(() => readCheckpoint(path))).toMatch(/cannot be read: EISDIR/);
  });

  it('with any one bit changed is refused, in its head as in its numbers', () => {
    writeCheckpoint(path, STATE, network());
    const whole = readFileSync(path);
    const random = createRandom(9);
    for (let i = 0; i < 300; i++) {
      const damaged = Buffer.from(whole);
      damaged[random.int(whole.length)]! ^= 1 << random.int(8);
      writeFileSync(path, damaged);
      refusal(() => readCheckpoint(path));
    }
  });

  it.each([
    [
      'another width',
      { name: 'w1', rows: 3, columns: 4, fanIn: 3 },
      /has w1 4x3 where this network has w1 3x4/,
    ],
    [
      'another part',
      { name: 'v1', rows: 4, columns: 3, fanIn: 3 },
      /has w1 4x3 where this network has v1 4x3/,
    ],
  ])('is not put into a network of %s, even one of the same size', (_, part, message) => {
    writeCheckpoint(path, STATE, network());
    const other = new GlobalNetwork(layout([part, parts.parts[1]!]));
    const before = other.snapshot();
    expect(refusal(() => readCheckpoint(path).restore(other))).toMatch(message);
    expect(other.snapshot()).toEqual(before);
  });

  it('is not put into a network with parts more or less', () => {
    writeCheckpoint(path, STATE, network());
    const more = new GlobalNetwork(layout([...parts.parts, { name: 'v', rows: 1, columns: 1, fanIn: 0 }]));
    expect(refusal(() => readCheckpoint(path).restore(more))).toMatch(
      /has nothing where this network has v 1x1/,
    );
    const less = new GlobalNetwork(layout(parts.parts.slice(0, 1)));
    expect(refusal(() => readCheckpoint(path).restore(less))).toMatch(
      /has b1 1x4 where this network has nothing/,
    );
  });
});

describe('a checkpoint that cannot be written', () => {
  const complaint = (act: () => void) => {
    try {
      act();
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('was written');
  };

  it('is an error that names the file: where there is no such folder', () => {
    const missing = join(folder, 'no', 'training');
    expect(complaint(() => writeCheckpoint(missing, STATE, network()))).toContain(
      `${missing}: the checkpoint cannot be written: ENOENT`,
    );
  });

  // A device that is always full, in place of the file that is written before it is renamed.
  it.skipIf(!existsSync('/dev/full'))('is one where the disk is full, and leaves the last whole one', () => {
    const kept = network(1);
    writeCheckpoint(path, STATE, kept);
    symlinkSync('/dev/full', `${path}.part`);
    expect(complaint(() => writeCheckpoint(path, STATE, network(2)))).toMatch(/cannot be written: ENOSPC/);
    const restored = new GlobalNetwork(parts);
    readCheckpoint(path).restore(restored);
    expect(restored.snapshot()).toEqual(kept.snapshot());
    // Nor is the half-written one left in the way of the next.
    expect(readdirSync(folder)).toEqual(['training']);
  });

  it.skipIf(process.getuid?.() === 0)('is one where the folder is read-only', () => {
    chmodSync(folder, 0o500);
    expect(complaint(() => writeCheckpoint(path, STATE, network()))).toMatch(/cannot be written: EACCES/);
    chmodSync(folder, 0o700);
  });
});

describe('kill -9', () => {
  it('leaves a whole checkpoint, whenever it comes', async () => {
    // Some 2 MB, so that a good part of the time goes into writing.
    const large = layout([{ name: 'w1', rows: 256, columns: 512, fanIn: 1 }]);
    const random = createRandom(11);
    const writer = fileURLToPath(new URL('checkpoint-writer.mjs', import.meta.url));
    const compiled = ['checkpoint', 'global-network'].map((name) =>
      compiledScript(import.meta.url, `../../../trainer/learning/${name}.js`),
    );
    let caught = 0;
    for (let round = 0; round < 6; round++) {
      const child = fork(writer, [...compiled, path, JSON.stringify(large)]);
      let told = 0;
      const last = 2 + random.int(4);
      // In every other round in the middle of the next write, else at any moment: so many turns of this loop later.
      child.on('message', (n: number) => {
        told = n;
        if (n !== last) return;
        let turns = random.int(4000);
        const isTime = () => (round % 2 === 0 ? existsSync(`${path}.part`) : turns-- === 0);
        const wait = () => {
          if (isTime()) child.kill('SIGKILL');
          else setImmediate(wait);
        };
        wait();
      });
      const [, signal] = await once(child, 'exit');
      expect(signal).toBe('SIGKILL');
      const global = new GlobalNetwork(large);
      readCheckpoint(path).restore(global);
      // What the child told of was there by then.
      expect(global.updates).toBeGreaterThanOrEqual(told);
      expect(global.snapshot().numbers.every((number) => number === global.updates)).toBe(true);
      if (existsSync(`${path}.part`)) caught++;
    }
    // Else it was never killed while it wrote, and the test shows nothing.
    expect(caught).toBeGreaterThan(0);
  });
});
