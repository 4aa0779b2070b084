// A process in a pod's network, on a root of its own, with the environment and the files that its container has: all that a
// container is here. Users, capabilities and limits are not applied.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { guard } from '../../../trainer/mesh/guard/guard.js';

const SCRIPT = join(import.meta.dirname, 'container.sh');
const STOP_GRACE_MS = 5000;
/** The host's folders are there for the programs that set the container up. */
const PATH = '/nodejs/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface ContainerOptions {
  /** A process in the pod's network. */
  readonly pid: number;
  /** An empty folder. */
  readonly root: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** As `SOURCE=TARGET`. */
  readonly mounts: readonly string[];
  readonly logFile: string;
}

export interface Container {
  readonly pid: number;
  readonly logFile: string;
  readonly hasEnded: boolean;
  /** Exit code; 128 and more where a signal ended it. */
  readonly ended: Promise<number>;
  stop(): Promise<void>;
}

export function startContainer(options: ContainerOptions): Container {
  const { pid, root, command, env, mounts, logFile } = options;
  const log = openSync(logFile, 'a');
  const enter = ['--net', '--uts', '--target', String(pid), 'unshare', '--mount'];
  const child = spawn('nsenter', [...enter, SCRIPT, root, process.execPath, ...mounts, '--', ...command], {
    ...{ env: { PATH, ...env }, stdio: ['ignore', log, log] },
  });
  closeSync(log);
  if (child.pid !== undefined) guard().watch(child.pid);
  let hasEnded = false;
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => resolve(127));
    child.once('exit', (code) => resolve(code ?? 128));
  }).then((code) => {
    hasEnded = true;
    if (child.pid !== undefined) guard().release(child.pid);
    return code;
  });
  return {
    ...{ pid: child.pid ?? -1, logFile, ended },
    get hasEnded() {
      return hasEnded;
    },
    async stop() {
      child.kill('SIGTERM');
      const last = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
      await ended;
      clearTimeout(last);
    },
  };
}
