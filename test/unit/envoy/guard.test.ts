import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import ts from 'typescript';
import { eventually } from '../../e2e/support/eventually.js';

const ROOT = resolve(import.meta.dirname, '../../..');
let folder: string;
/** A program that starts processes under the guard, prints their ids, and lives on. */
let program: string;

beforeAll(async () => {
  // Below the package's root, since that is how the guard finds its script; as JavaScript, since Node runs it.
  await mkdir(join(ROOT, 'build'), { recursive: true });
  folder = await mkdtemp(join(ROOT, 'build/guard-test-'));
  const source = await readFile(join(ROOT, 'trainer/mesh/guard/guard.ts'), 'utf8');
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  await writeFile(join(folder, 'guard.mjs'), ts.transpileModule(source, { compilerOptions }).outputText);
  program = join(folder, 'program.mjs');
  await writeFile(
    program,
    `import { spawn } from 'node:child_process';
import { guard } from './guard.mjs';
const [mode, folder] = process.argv.slice(2);
const start = (script) => {
  const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: 'ignore' });
  child.unref();
  return child.pid;
};
const pids = [start('exec sleep 300'), start("trap '' TERM; while :; do sleep 1; done")];
for (const pid of pids) guard().watch(pid);
const released = start('exec sleep 300');
guard().watch(released);
guard().release(released);
guard().folder(folder);
console.log(JSON.stringify([...pids, released]));
if (mode === 'wait') setInterval(() => {}, 1000);
`,
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A zombie, which waits for its new parent to look, is dead. */
const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !existsSync(`/proc/${pid}/stat`) || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

async function startProgram(
  mode: 'wait' | 'end',
): Promise<{ child: ChildProcess; pids: number[]; run: string }> {
  const run = await mkdtemp(join(tmpdir(), 'weir-guard-'));
  const child = spawn(process.execPath, [program, mode, run], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, pids: JSON.parse(line) as number[], run };
}

describe('the guard', () => {
  it('ends what is watched after a kill -9, the stubborn too, and removes the folder', async () => {
    const { child, pids, run } = await startProgram('wait');
    const [meek, stubborn, released] = pids as [number, number, number];
    expect(pids.every(lives)).toBe(true);
    child.kill('SIGKILL');
    await eventually(() => !lives(meek) && !lives(stubborn) && !existsSync(run));
    expect(lives(released)).toBe(true);
    process.kill(released, 'SIGKILL');
  });

  it('does not keep its parent alive, and cleans up after a normal end too', async () => {
    const { child, pids, run } = await startProgram('end');
    if (child.exitCode === null) await once(child, 'exit');
    const [meek, stubborn, released] = pids as [number, number, number];
    await eventually(() => !lives(meek) && !lives(stubborn) && !existsSync(run));
    process.kill(released, 'SIGKILL');
  });
});
