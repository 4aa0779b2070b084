// Addresses of pods, in the network namespace that scripts/own-network.mjs makes.
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { packageRoot } from '../../trainer/cli/package-root.js';

const SCRIPT = join(packageRoot, 'scripts/own-network.mjs');

/** The n-th pod's address. */
export const podAddress = (n: number): string => `10.244.${1 + (n >> 8)}.${n & 255}`;

/** Where the application of the n-th pod finds other services: its sidecar's outbound listeners. */
export const egressAddress = (n: number): string => `10.244.${128 + (n >> 8)}.${n & 255}`;

/** Whether this process may listen on addresses of pods. */
export function hasPodNetwork(): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(0, podAddress(0), () => server.close(() => resolve(true)));
  });
}

/** Runs this process's own command line once more within such a network. @returns its exit code */
export function againInPodNetwork(): number {
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const done = spawnSync(process.execPath, [SCRIPT, ...command], { stdio: 'inherit' });
  return done.status ?? 1;
}
