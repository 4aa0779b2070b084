// A real etcd, the store of a Kubernetes API.
import { join } from 'node:path';
import { startDaemon, type Daemon } from './daemon.js';
import { toolPath } from './tool-path.js';

/** Ports: of clients, of peers. Its data goes with it, so nothing is synced to the disk. */
export function startEtcd(): Promise<Daemon> {
  return startDaemon({
    path: toolPath('etcd'),
    ports: 2,
    prepare: async (folder, [clients, peers]) => {
      const url = (port: number | undefined) => `http://127.0.0.1:${port}`;
      return [
        ...['--name', 'etcd', '--data-dir', join(folder, 'data'), '--unsafe-no-fsync', '--log-level', 'warn'],
        ...['--listen-client-urls', url(clients), '--advertise-client-urls', url(clients)],
        ...['--listen-peer-urls', url(peers), '--initial-advertise-peer-urls', url(peers)],
        ...['--initial-cluster', `etcd=${url(peers)}`],
      ];
    },
    ready: async ([clients]) => (await fetch(`http://127.0.0.1:${clients}/health`)).ok,
  });
}
