// `weir up` as people run it, in a folder of its own, and the addresses that it got.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guard } from '../../../trainer/mesh/guard/guard.js';
import { eventually } from './eventually.js';

const COMMAND = join(import.meta.dirname, '../../../bin/weir.mjs');
/** Builds come before; sidecars start one after the other. */
const START_MS = 90_000;

export interface RunningUp {
  /** `ip:port` of the trainer. */
  readonly trainer: string;
  /** `ip:port` of the admin interface of each Envoy, by its id: `client-0`, `api-2`. */
  readonly envoys: ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

/** Resolves when every sidecar is there and load goes to them. @throws {Error} with what it said where it ended before */
export async function startUp(...args: readonly string[]): Promise<RunningUp> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-up-test-'));
  guard().folder(folder);
  const child = spawn(process.execPath, [COMMAND, 'up', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: folder },
  });
  guard().watch(child.pid!);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGINT');
    await ended;
    guard().release(child.pid!);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually(
      () => {
        if (child.exitCode !== null) return true;
        return /^\d+ s, /m.test(said);
      },
      { timeoutMs: START_MS },
    );
    const [run] = (await readdir(folder)).filter((name) => name.startsWith('weir-'));
    const files = await readdir(join(folder, run!));
    const admins = files.filter((name) => name.endsWith('.admin'));
    const envoys = admins.map(async (name): Promise<[string, string]> => {
      return [name.replace('.admin', ''), (await readFile(join(folder, run!, name), 'utf8')).trim()];
    });
    const log = await readFile(join(folder, run!, 'trainer.log'), 'utf8');
    const port = /"port":(\d+),"msg":"trainer listening"/.exec(log)?.[1];
    return { trainer: `127.0.0.1:${port}`, envoys: new Map(await Promise.all(envoys)), stop };
  } catch (cause) {
    await stop();
    throw new Error(`weir up did not start: ${said}`, { cause });
  }
}
