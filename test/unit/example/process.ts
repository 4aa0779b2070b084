// The programs of deploy/example as processes of their own, as a pod runs them.
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { eventually } from '../../e2e/support/eventually.js';

const APP = join(import.meta.dirname, '../../../deploy/example/app');

export interface Program {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  /** Exit code and stderr, once it has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

/** Runs with this environment alone. */
export function start(script: 'server.mjs' | 'load.mjs', env: Record<string, string>): Program {
  const child = spawn(process.execPath, [join(APP, script)], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, stderr })),
  );
  return { child, stdout: () => stdout, ended };
}

export interface Service extends Program {
  /** `127.0.0.1:port` */
  readonly address: string;
}

/** A service that listens; its work takes no time unless told otherwise. */
export async function service(env: Record<string, string>): Promise<Service> {
  const program = start('server.mjs', { PORT: '0', MEAN_MS: '0', SIGMA: '0', ...env });
  const port = await eventually(() => / listens on (\d+)\n/.exec(program.stdout())?.[1]);
  return { ...program, address: `127.0.0.1:${port}` };
}
