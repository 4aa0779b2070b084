// A program of another project as a part of a test: in a temporary folder, on free ports, under the guard, so that
// neither the process nor the folder outlives the test, however it ends.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { guard } from '../../trainer/mesh/guard/guard.js';
import { eventually } from './eventually.js';

const START_MS = 60_000;
const STOP_GRACE_MS = 5000;
/** A port that was free may be another's a moment later. */
const TRIES = 3;

export interface DaemonOptions {
  readonly path: string;
  readonly ports: number;
  /** Writes what the program needs into its folder. @returns its arguments */
  readonly prepare: (folder: string, ports: readonly number[]) => Promise<readonly string[]>;
  readonly ready: (ports: readonly number[], folder: string) => Promise<boolean>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Daemon {
  /** Of the process of now. */
  readonly pid: number;
  readonly folder: string;
  readonly ports: readonly number[];
  /** All that it wrote to its outputs. */
  log(): Promise<string>;
  /** Ends the process; the folder stays, for `restart`. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Anew with the same arguments, folder and ports; resolves when it is ready. */
  restart(): Promise<void>;
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
  const args = await prepare(folder, ports);
  const log = (): Promise<string> => readFile(join(folder, 'log'), 'utf8');
  let running = run();
  const kill = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    running.child.kill(signal);
    const last = setTimeout(() => running.child.kill('SIGKILL'), STOP_GRACE_MS);
    await running.ended;
    clearTimeout(last);
    if (running.child.pid !== undefined) guard().release(running.child.pid);
  };
  const stop = async (): Promise<void> => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    get pid() {
      return running.child.pid!;
    },
    ...{ folder, ports, log, kill, stop },
    async restart() {
      await kill();
      running = run();
      await untilReady();
    },
  };

  function run() {
    const output = openSync(join(folder, 'log'), 'a');
    const child = spawn(path, args, {
      stdio: ['ignore', output, output],
      cwd: folder,
      env: { ...process.env, ...env },
    });
    closeSync(output);
    if (child.pid !== undefined) guard().watch(child.pid);
    return { child, ended: end(child) };
  }

  async function untilReady(): Promise<void> {
    const early = running.ended.then((how) => Promise.reject(new Error(how)));
    early.catch(() => undefined);
    try {
      await Promise.race([eventually(() => ready(ports, folder), { timeoutMs: START_MS }), early]);
    } catch (cause) {
      throw new Error(`${basename(path)} did not start: ${(await log()).slice(-2000)}`, { cause });
    }
  }
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
