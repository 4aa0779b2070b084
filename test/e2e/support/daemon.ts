// A program of another project as a part of a test: in a temporary folder, on free ports, under the guard, so that
// neither the process nor the folder outlives the test, however it ends.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { guard } from '../../../trainer/mesh/guard/guard.js';
import { eventually } from './eventually.js';

const START_MS = 30_000;
const STOP_GRACE_MS = 5000;
/** A port that was free may be another's a moment later. */
const TRIES = 3;

export interface DaemonOptions {
  readonly path: string;
  readonly ports: number;
  /** Writes what the program needs into its folder. @returns its arguments */
  readonly prepare: (folder: string, ports: readonly number[]) => Promise<readonly string[]>;
  readonly ready: (ports: readonly number[]) => Promise<boolean>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Daemon {
  readonly pid: number;
  readonly folder: string;
  readonly ports: readonly number[];
  stop(): Promise<void>;
}

/** Resolves when the program is ready. @throws {Error} with its last words where it never is */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  for (let left = TRIES - 1; ; left--) {
    try {
      return await startOnce(options);
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

async function startOnce({ path, ports: count, prepare, ready, env }: DaemonOptions): Promise<Daemon> {
  const folder = await mkdtemp(join(tmpdir(), `weir-${basename(path)}-`));
  guard().folder(folder);
  const ports = await freePorts(count);
  const log = openSync(join(folder, 'log'), 'a');
  const child = spawn(path, await prepare(folder, ports), {
    stdio: ['ignore', log, log],
    cwd: folder,
    env: { ...process.env, ...env },
  });
  closeSync(log);
  const ended = end(child);
  if (child.pid !== undefined) guard().watch(child.pid);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const last = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
    await ended;
    clearTimeout(last);
    if (child.pid !== undefined) guard().release(child.pid);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const early = ended.then((how) => Promise.reject(new Error(how)));
    const start = eventually(() => ready(ports), { timeoutMs: START_MS });
    await Promise.race([start, early]);
    early.catch(() => undefined);
  } catch (cause) {
    const words = await readFile(join(folder, 'log'), 'utf8');
    await stop();
    throw new Error(`${basename(path)} did not start: ${words.slice(-2000)}`, { cause });
  }
  return { pid: child.pid!, folder, ports, stop };
}

function end(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`ended with ${signal ?? `exit code ${code}`}`));
  });
}

/** All open at once, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
