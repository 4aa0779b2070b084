// The trainer and the load on it, each in a process of its own and, where taskset can be had, on a core of its own.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { LoadPlan, LoadResult } from './load-process.js';
import type { SpanLoadPlan, SpanLoadResult } from './span-load-process.js';
import type { Usage } from './usage.js';

export interface Served {
  readonly port: number;
  readonly pinned: boolean;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

/** @param script of a process that calls `onUsage` */
export async function startServing(script: 'server-process.js' | 'floor-process.js'): Promise<Served> {
  const [child, pinned] = start(script, 0);
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    port,
    pinned,
    usage: () => ask<Usage>(child, 'usage'),
    stop: async () => {
      const gone = once(child, 'exit');
      child.send('stop');
      await gone;
    },
  };
}

export const runLoad = (plan: LoadPlan): Promise<LoadResult> => load('load-process.js', plan);

export const runSpanLoad = (plan: SpanLoadPlan): Promise<SpanLoadResult> =>
  load('span-load-process.js', plan);

async function load<T>(script: string, plan: object): Promise<T> {
  const [child] = start(script, 1);
  const gone = once(child, 'exit');
  const result = await ask<T>(child, plan);
  await gone;
  return result;
}

function ask<T>(child: ChildProcess, question: object | string): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => {
      reject(new Error(`a process of the benchmark ended with ${String(code)}`));
    };
    child.once('exit', onExit);
    child.once('message', (answer) => {
      child.off('exit', onExit);
      resolve(answer as T);
    });
    child.send(question);
  });
}

function start(script: string, core: number): [child: ChildProcess, pinned: boolean] {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const pinned = availableParallelism() > core && hasTaskset();
  const command = [...(pinned ? ['taskset', '-c', String(core)] : []), process.execPath, path];
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return [child, pinned];
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
