// Runs a command in a network namespace of its own, where every address of pods is one of this machine: the network of a
// cluster on a single node, without containers, and out of reach of everything else.
//   node scripts/own-network.mjs COMMAND [ARGUMENT..]
import { spawnSync } from 'node:child_process';

/** As bench/cluster/network.ts hands them out. */
const PODS = '10.244.0.0/16';
const SET_UP = `ip link set lo up && ip route add local ${PODS} dev lo && exec "$@"`;

// Who is not root becomes it in a user namespace of its own.
const namespaces = process.getuid?.() === 0 ? ['--net'] : ['--user', '--map-root-user', '--net'];
const { status, signal, error } = spawnSync(
  'unshare',
  [...namespaces, 'sh', '-c', SET_UP, 'own-network', ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
if (error) console.error(`weir: no network of its own: ${error.message} (Linux, util-linux and iproute2)`);
if (signal) process.kill(process.pid, signal);
process.exitCode = status ?? 1;
