// What a benchmark asks the operating system about a process: its cpu time, and to stay on one core.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Ticks a second in /proc/PID/stat: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS = 100;

/** Seconds of cpu time that a process used so far; NaN where there is no /proc. */
export function cpuSeconds(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name, in parentheses, may hold spaces; user and system time are the 12th and 13th field behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return NaN;
  }
}

export interface Cores {
  /** Of the Envoy under test, alone. */
  readonly tested: number;
  /** Of the load generator, the upstream and this process. */
  readonly rest: number;
}

/** Two cores to pin to, or why there is no pinning. */
export function findCores(): Cores | { readonly reason: string } {
  if (availableParallelism() < 2) return { reason: 'one core only' };
  try {
    // The cores that this process may use: a container's need not begin with 0.
    const text = execFileSync('taskset', ['-c', '-p', String(process.pid)], { encoding: 'utf8' });
    const [tested, rest] = (text.split(':').at(-1) ?? '').split(',').flatMap(range);
    return tested === undefined || rest === undefined
      ? { reason: 'taskset names one core only' }
      : { tested, rest };
  } catch {
    return { reason: 'there is no taskset' };
  }
}

/** `3` or `0-3`. */
function range(text: string): number[] {
  const [from = NaN, to = from] = text.trim().split('-').map(Number);
  return Number.isNaN(from) ? [] : Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** A command line that runs on one core; unchanged where there is none to pin to. */
export function onCore(
  core: number | undefined,
  command: string,
  args: readonly string[],
): [string, string[]] {
  return core === undefined ? [command, [...args]] : ['taskset', ['-c', String(core), command, ...args]];
}

/** Moves a running process with all its threads. */
export function moveToCore(core: number | undefined, pid: number): void {
  if (core !== undefined) execFileSync('taskset', ['-a', '-c', '-p', String(core), String(pid)]);
}
