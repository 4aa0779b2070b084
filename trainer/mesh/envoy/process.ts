// One Envoy process: started under the guard, its words kept in a file, stopped for sure.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { guard } from '../guard/guard.js';

/** Envoy has no state to save: two seconds are for its open connections. */
const STOP_GRACE_MS = 2000;
const LAST_LINES = 5;
/** Time, thread and source file of a log line: `[2026-01-01 00:00:00.000][7][warning][config] [source/a.cc:1] text`. */
const PREFIX = /^\[\d{4}-[^\]]*\]\[\d+\]|\[[^\]]*source\/[^\]]*\] /g;

/** Addresses without symbols: they would crowd out the line that says what happened. */
const STACK_FRAME = /\[backtrace\] #\d+:/;

export interface EnvoyProcess {
  readonly pid: number;
  /** Resolves at the end of the process, with a line that says why it ended. */
  readonly ended: Promise<string>;
  /** The last lines of its log, on one line. */
  lastWords(): Promise<string>;
  stop(): Promise<void>;
}

export function startProcess(path: string, args: readonly string[], logPath: string): EnvoyProcess {
  // One file for both: Envoy's log and, from a crash, what the C++ runtime writes to stderr.
  const log = openSync(logPath, 'a');
  // A process group of its own: Ctrl-C goes to the mesh alone, which then stops its sidecars in order.
  const child = spawn(path, args, { stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  const { pid } = child;
  if (pid !== undefined) guard().watch(pid);
  let stopping = false;
  const ended = end(child).then(async (how) => {
    if (pid !== undefined) guard().release(pid);
    return stopping ? 'stopped' : `Envoy ended (${how}): ${await lastWords(logPath)}`;
  });
  return {
    pid: pid ?? -1,
    ended,
    lastWords: () => lastWords(logPath),
    stop: async () => {
      stopping = true;
      child.kill('SIGTERM');
      const last = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
      await ended;
      clearTimeout(last);
    },
  };
}

function end(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}

async function lastWords(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const lines = text.split('\n').map((line) => line.replace(PREFIX, '').replace(/\s+/g, ' ').trim());
  return (
    lines
      .filter((line) => line && !STACK_FRAME.test(line))
      .slice(-LAST_LINES)
      .join(' | ') || 'it said nothing'
  );
}
