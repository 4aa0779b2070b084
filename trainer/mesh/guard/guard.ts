// What this process starts dies with it, even when it is killed by `kill -9`.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Guard {
  /** Ends the process when this one is gone. */
  watch(pid: number): void;
  /** The process ended by itself or was stopped. */
  release(pid: number): void;
  /** Removes the folder, with all in it, when this process is gone. */
  folder(path: string): void;
}

let singleton: Guard | undefined;

/** The guard of this process, started at the first call. It never keeps this process alive. */
export function guard(): Guard {
  return (singleton ??= start());
}

function start(): Guard {
  const child = spawn(process.execPath, [guardScript()], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    // Loaders and inspectors of this process are none of the guard's business.
    env: {},
  });
  child.unref();
  const pipe = unreferenced(child);
  const say = (line: string): void => void pipe?.write(`${line}\n`);
  return {
    watch: (pid) => say(`add ${pid}`),
    release: (pid) => say(`remove ${pid}`),
    folder: (path) => say(`folder ${path}`),
  };
}

/** The guard's stdin: what goes wrong with it must not end this process. */
function unreferenced(child: ChildProcess): ChildProcess['stdin'] {
  child.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);
  // A pipe to a child is a socket at run time, which the types do not say.
  (child.stdin as { unref?: () => void } | null)?.unref?.();
  return child.stdin;
}

/** The guard is a script, which tsc does not copy to dist/: it stays where it lies below the package's root. */
function guardScript(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const script = join(folder, 'trainer/mesh/guard/guard.mjs');
    if (existsSync(join(folder, 'package.json')) && existsSync(script)) return script;
    if (folder === dirname(folder)) throw new Error('trainer/mesh/guard/guard.mjs is missing');
  }
}
