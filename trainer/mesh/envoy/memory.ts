// Resident memory of a process.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Bytes; 0 when the process is gone. */
export function residentBytes(pid: number): number {
  return 1024 * (fromProc(pid) ?? fromPs(pid));
}

function fromProc(pid: number): number | undefined {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return process.platform === 'linux' ? 0 : undefined;
  }
}

function fromPs(pid: number): number {
  try {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }));
  } catch {
    return 0;
  }
}
