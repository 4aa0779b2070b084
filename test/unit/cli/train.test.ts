import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
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
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readModel, type ModelCard } from '../../../trainer/actor/model-card.js';
import { run } from '../../../trainer/cli/program.js';
import { loadBackend, type BackendChoice } from '../../../trainer/learning/backend.js';
import { readCheckpoint } from '../../../trainer/learning/checkpoint.js';
import type { TrainingReport } from '../../../trainer/learning/training.js';
import { compiledScript } from '../../../trainer/mesh/apps/child-process.js';

let folder: string;
let out: string;
let err: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-train-'));
  [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
  vi.stubEnv('WEIR_TFJS', 'wasm');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});
const path = (name: string) => join(folder, name);
const scenarioFile = (name: string, count = 3) => {
  writeFileSync(
    path(name),
    JSON.stringify({ requests: 2000, services: [{ name: 'api', endpoints: [{ count }] }] }),
  );
  return path(name);
};

const NETWORK = ['hidden1=8', 'hidden2=4', 'meshes=3', 'meshesPerUpdate=2', 'rows=128'];
/** A small training on one small scenario, repeatable. */
const small = (updates: number, ...more: string[]) => [
  'train',
  ...['--updates', `${updates}`, '--workers', '1', '--out', path('m.weir'), '--set', ...NETWORK],
  ...['--scenario', scenarioFile('one.json'), '--metrics', path('metrics')],
  ...more,
];
const metrics = () =>
  readFileSync(path('metrics'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as TrainingReport);
/** Those of a TFRecord file: length (u64), its checksum (u32), data, its checksum (u32). */
function records(file: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < file.length; at += 16 + found.at(-1).length)
    found.push(file.subarray(at + 12, at + 12 + Number(file.readBigUInt64LE(at))));
  return found;
}
const loads = (backend: BackendChoice) =>
  loadBackend(backend).then(
    () => true,
    () => false,
  );
const card = () => JSON.parse(readFileSync(path('m.json'), 'utf8')) as ModelCard;

describe('weir train', () => {
  it('has help', async () => {
    expect(await run(['train', '--help'])).toBe(0);
    expect(out).toMatch(/^Usage: weir train/);
  });

  it('writes a model with its card, metrics and a checkpoint, and says what it did', async () => {
    expect(await run(small(3))).toBe(0);
    const { id } = readModel(path('m.weir'));
    expect(card()).toMatchObject({
      id,
      parent: null,
      algorithm: 'a3c',
      seed: 1,
      scenarios: ['one'],
      hyperparameters: { hidden1: 8, rows: 128, optimiser: 'adam', 'reward.errors': 5 },
    });
    expect(out).toMatch(
      new RegExp(`^model ${id}, \\d+ bytes, 3 updates, \\d+ decisions, \\d+ s: .*m\\.weir, .*m\\.json\n$`),
    );
    expect(err).toContain('weir: TensorFlow.js on wasm\n');
    expect(metrics()[0]).toMatchObject({ index: 0, updates: 1, backend: 'wasm' });
    expect(readCheckpoint(path('m.weir.checkpoint')).state).toMatchObject({ algorithm: 'a3c', seed: 1 });
    expect(readdirSync(folder).sort()).toEqual([
      'm.json',
      'm.weir',
      'm.weir.checkpoint',
      'metrics',
      'one.json',
    ]);
  });

  it('learns the same model from the same seed, and another from another', async () => {
    const id = async (...more: string[]) => {
      expect(await run(small(3, ...more))).toBe(0);
      return card().id;
    };
    const first = await id();
    expect(await id()).toBe(first);
    expect(await id('--seed', '2')).not.toBe(first);
  });

  it('goes on where it was killed with kill -9: updates and time count on', async () => {
    const script = compiledScript(import.meta.url, '../../../trainer/cli/main.js');
    const killed = spawn(process.execPath, [script, ...small(1e6, '--checkpoint-seconds', '0.05')], {
      stdio: 'ignore',
    });
    const ended = once(killed, 'exit');
    const checkpoint = path('m.weir.checkpoint');
    // In the middle: some updates are learned, and on disk.
    await vi.waitUntil(() => existsSync(path('metrics')) && readFileSync(path('metrics'), 'utf8') !== '', {
      timeout: 30_000,
    });
    const learned = () => readCheckpoint(checkpoint).state.elapsedMs;
    const least = metrics()[0]!.elapsedMs;
    await vi.waitUntil(() => existsSync(checkpoint) && learned() > least, { timeout: 30_000 });
    killed.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
    const before = learned();
    expect(existsSync(path('m.weir'))).toBe(false);

    const updates = Number(/"updates":(\d+)/.exec(readFileSync(checkpoint, 'latin1'))![1]);
    expect(updates).toBeGreaterThan(0);
    const lines = metrics().length;
    expect(await run(small(updates + 2, '--resume'))).toBe(0);
    expect(out).toContain(`, ${updates + 2} updates, `);
    // Metrics are added to those before.
    const report = metrics()[lines]!;
    expect(report.updates).toBe(updates + 1);
    expect(report.elapsedMs).toBeGreaterThan(before);
    expect(readModel(path('m.weir')).hidden1).toBe(8);
  });

  it('writes TensorBoard event files where tfjs-node is there', async ({ skip }) => {
    skip(!(await loads('node')), 'tfjs-node is not built on this machine');
    vi.stubEnv('WEIR_TFJS', 'node');
    expect(await run(small(3, '--tensorboard', path('board'), '--validate-seconds', '0.01'))).toBe(0);
    const events = readdirSync(path('board')).map((file) => readFileSync(join(path('board'), file)));
    const text = records(events[0]!).map((record) => record.toString('latin1'));
    // A tag in each record but the first, which says the version: five metrics and the pace, at each of three updates.
    expect(text[0]).toContain('brain.Event:2');
    for (const tag of ['policyLoss', 'valueLoss', 'entropy', 'return', 'temperature', 'decisionsPerSecond'])
      expect(text.filter((record) => record.includes(`train/${tag}`))).toHaveLength(metrics().length);
  });

  it('says in one line that a board takes tfjs-node, or a folder', async () => {
    writeFileSync(path('taken'), '');
    expect(await run(small(1, '--tensorboard', path('taken')))).toBe(2);
    expect(err).toMatch(/^weir: --tensorboard .*taken: .+\n$/);
  });

  it.each([
    [['--resume'], /^.*m\.weir\.checkpoint: the checkpoint cannot be read: .*no such file.*\n$/],
    [['--resume', '--checkpoint', 'CKPT'], /^.*CKPT: not a checkpoint of this version\n$/],
  ])('says in one line what it cannot go on from: %j', async (more, line) => {
    writeFileSync(path('CKPT'), 'something else\n');
    expect(await run(small(1, ...more.map((arg) => (arg === 'CKPT' ? path(arg) : arg))))).toBe(2);
    expect(err).toMatch(line);
  });

  it('says in one line that a checkpoint is of another shape, and leaves it', async () => {
    expect(await run(small(1))).toBe(0);
    const before = readFileSync(path('m.weir.checkpoint'));
    err = '';
    expect(await run(small(1, '--resume', '--set', 'hidden1=16'))).toBe(2);
    expect(err).toMatch(
      /^.*checkpoint: has w1 8x\d+ where this network has w1 16x\d+: resume with the hyperparameters .*\n$/,
    );
    expect(readFileSync(path('m.weir.checkpoint'))).toEqual(before);
  });

  it.skipIf(!existsSync('/dev/full'))(
    'writes the model all the same where the last checkpoint cannot be written, then fails',
    async () => {
      const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
      mkdirSync(path('checkpoint'));
      expect(await run(small(2, '--checkpoint', path('checkpoint/of')))).toBe(0);
      // What takes the place of a full disk: the half-written file is a device that is always full.
      rmSync(path('m.weir'));
      symlinkSync('/dev/full', path('checkpoint/of.part'));
      const failed = await run(
        small(2, '--checkpoint', path('checkpoint/of'), '--checkpoint-seconds', '1000'),
      );
      expect(failed).toBe(1);
      expect(err).toMatch(/weir: .*checkpoint\/of: the checkpoint cannot be written: ENOSPC.*\n$/);
      expect(warned).toHaveBeenCalledOnce();
      expect(readModel(path('m.weir')).id).toBe(card().id);
    },
  );

  it.skipIf(!existsSync('/dev/full'))(
    'writes the model all the same where metrics cannot be written, then fails',
    async () => {
      symlinkSync('/dev/full', path('metrics'));
      expect(await run(small(2))).toBe(1);
      expect(err).toMatch(/^weir: .*metrics: metrics cannot be written: ENOSPC.*\n$/m);
      expect(readModel(path('m.weir')).id).toBe(card().id);
    },
  );
});

describe('weir train ends with 2 and one line, before any work,', () => {
  it.each([
    [['--algorithm', 'magic'], /--algorithm <name>' argument 'magic' is invalid. Allowed choices are a3c/],
    [['--set', 'nonsense'], /^weir: --set nonsense: expected name=value$/],
    [['--set', 'speed=3'], /^weir: --set speed=3: expected one of hidden1, /],
    [['--set', 'hidden1=30'], /^weir: --set hidden1=30: expected 4 to 64, a multiple of 4$/],
    [['--set', 'temperature=0'], /^weir: --set temperature=0: expected a number above 0$/],
    [['--set', 'optimiser=magic'], /^weir: --set optimiser=magic: expected one of adam, rmsprop/],
    [['--set', 'reward.errors=-1'], /^weir: --set reward\.errors=-1: expected a number from 0 on$/],
    [['--scenario', '/no/such.json'], /^\/no\/such\.json: \$: cannot be read: ENOENT/],
    [['--validate', '/no/such.json'], /^\/no\/such\.json: \$: cannot be read: ENOENT/],
    [['--out', '/no/such/m.weir'], /--out <file>' argument .* Cannot be written: ENOENT/],
    [['--checkpoint', '/no/such/checkpoint'], /--checkpoint <file>' argument .* Cannot be written: ENOENT/],
    [['--metrics', '/no/such/metrics'], /--metrics <file>' argument .* Cannot be written: ENOENT/],
    [['--updates', '0'], /--updates <n>' argument '0' is invalid. Expected a whole number > 0/],
    [['--minutes', '-1'], /--minutes <n>' argument '-1' is invalid. Expected a number > 0/],
    [['--workers', 'many'], /--workers <n>' argument 'many' is invalid/],
  ])('on %j', async (args, line) => {
    const before = readdirSync(folder);
    expect(await run(['train', '--out', path('m.weir'), ...args])).toBe(2);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(err.trimEnd()).toMatch(line);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('without --out', async () => {
    expect(await run(['train'])).toBe(2);
    expect(err).toMatch(/required option '--out <file>' not specified/);
  });

  it('on a scenario without a choice, which would be waited for forever', async () => {
    const alone = scenarioFile('alone.json', 1);
    expect(await run(['train', '--out', path('m.weir'), '--scenario', alone, scenarioFile('one.json')])).toBe(
      2,
    );
    expect(err).toBe(`${alone}: $.services: expected one with two endpoints or more, got none\n`);
  });
});
