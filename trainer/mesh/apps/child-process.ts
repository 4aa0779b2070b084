// A child process of the mesh: a forked Node script that talks over IPC and ends by itself when its parent is gone.
import { fork, type ChildProcess } from 'node:child_process';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

/** A child that did not end this long after its channel closed is killed. */
const STOP_MS = 2000;
const STDERR_BYTES = 4096;

export interface Child<Message> {
  readonly pid: number;
  send(message: Message): void;
  /** Resolves when the process is gone, with a line that says why. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/** The compiled script beside a module: from the sources (tests) it is the one that the build left in `dist`. */
export function compiledScript(moduleUrl: string, name: string): string {
  const path = fileURLToPath(new URL(name, moduleUrl));
  if (moduleUrl.endsWith('.js')) return path;
  const at = path.lastIndexOf('/trainer/');
  return `${path.slice(0, at)}/dist${path.slice(at)}`;
}

/** Forks `script`; `onMessage` gets what it sends. */
export function forkChild<In, Out>(script: string, onMessage: (message: Out) => void): Child<In> {
  const child = fork(script, [], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-STDERR_BYTES)));
  child.on('message', (message) => onMessage(message as Out));
  // Not 'close', which never comes after a disconnect from this side.
  const drained = child.stderr ? finished(child.stderr).catch(() => {}) : undefined;
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      const tell = () => resolve(lastLine(stderr) ?? `exit ${signal ?? code}`);
      void (drained ?? Promise.resolve()).then(tell);
    });
  });
  return {
    pid: child.pid ?? -1,
    ended,
    send: (message) => {
      if (child.connected) child.send(message as object);
    },
    stop: () => stop(child, ended),
  };
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
}

function lastLine(text: string): string | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => line.includes('Error')) ?? lines.at(-1);
}

/** In the child: end with the parent, and leave Ctrl-C, which a terminal sends to all, to the parent. */
export function followParent(): void {
  process.on('disconnect', () => process.exit(0));
  process.on('SIGINT', () => {});
}

/** In the child: to the parent, if there is one. */
export function tellParent<Out>(message: Out): void {
  if (process.connected) process.send?.(message);
}
