// A disk without room, a real one: a small tmpfs where a user namespace may mount it, and a limit on the size of files.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { untrainedModel } from '../../../../trainer/actor/untrained.js';
import { facts, model, openRegistry, origin, temporaryFolder } from './support.js';

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
/** `sh` with the words of a command as its arguments. */
const shell = (command: string, ...args: readonly string[]) => ['sh', '-c', command, 'sh', ...args] as const;

/** What full-disk.mjs prints. */
interface Seen {
  readonly refused: Readonly<Record<'add' | 'stage' | 'write', string>>;
  readonly unwritten: number;
  readonly whileFull: unknown;
  readonly started: unknown;
  readonly after: { readonly lines: readonly string[] };
}

const mayMount =
  spawnSync('unshare', ['-rm', ...shell('mount -t tmpfs none /mnt')], { stdio: 'ignore' }).status === 0;

describe('a full disk', () => {
  it.skipIf(!mayMount)('refuses with the path and the reason, and changes nothing that was there', () => {
    const dir = temporaryFolder();
    const command = 'mount -t tmpfs -o size=1m none "$1" && exec "$2" "$3" "$1"';
    const words = shell(command, dir, process.execPath, script('full-disk.mjs'));
    const seen = JSON.parse(execFileSync('unshare', ['-rm', ...words], { encoding: 'utf8' })) as Seen;
    const why = /: cannot be written: the disk is full \(ENOSPC\); free some room$/;
    for (const message of Object.values(seen.refused)) expect(message).toMatch(why);
    expect(seen.refused.add).toContain(join(dir, 'models', untrainedModel({ seed: 2 }).id));
    expect(seen.refused.stage).toContain('record.json');
    expect(seen.refused.write).toContain('documents/rollout');
    expect(seen.whileFull).toEqual({ models: 1, step: 1, parts: 0 });

    expect(seen.started).toEqual({ models: 1, step: 1, parts: 0 });

    expect(seen.after).toMatchObject({ models: 2, step: 2, parts: 0 });
    expect(seen.unwritten).toBe(1);
    const { lines } = seen.after;
    expect(lines[0]).toBe('test.before');
    expect(lines.filter((kind) => kind === 'test.during')).toHaveLength(2000);
    expect(lines.at(-1)).toBe('events.written');
  });
});

describe('a limit on the size of files', () => {
  it('refuses likewise, and is no harm to the next who has room', async () => {
    const dir = temporaryFolder();
    await openRegistry(dir);
    // A block of 512 or 1024 bytes: the model's file fits in, its card does not.
    const command = 'ulimit -f 1 && exec "$2" "$3" "$1" add 1 0';
    const [sh, ...args] = shell(command, dir, process.execPath, script('operate.mjs'));
    const { stderr } = spawnSync(sh, args, { encoding: 'utf8' });
    expect(stderr).toMatch(/models\/[0-9a-f]{32}: cannot be written: the file would be larger .* \(EFBIG\)/);
    expect([readdirSync(join(dir, 'models')), readdirSync(join(dir, 'tmp'))]).toEqual([[], []]);
    const { registry } = await openRegistry(dir);
    await registry.add(model(9), facts(), origin);
    expect(await registry.list()).toHaveLength(1);
  });
});
