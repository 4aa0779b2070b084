// `weir serve` as the Deployment runs it: configured by the installed ConfigMap, with its service account's rights, at the
// address of its Service.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../../trainer/cli/package-root.js';
import type { ApiServer } from '../../../bench/cluster/api-server.js';
import { startDaemon, type Daemon } from '../../../bench/cluster/daemon.js';
import { TRAINER, TRAINER_PORT, trainerAddress } from '../../../bench/cluster/mesh.js';

export interface RunningTrainer {
  readonly url: string;
  readonly daemon: Daemon;
  get<T>(path: string): Promise<T>;
  /** With the token. */
  post(path: string, body: object): Promise<Response>;
}

export interface TrainerOptions {
  /** Where it listens: that of its Service unless told otherwise. */
  readonly address?: string;
  /** What the Lease's durations are instead. */
  readonly durations?: object;
  /** Absent = one of its own, as an emptyDir. */
  readonly data?: string;
  /** What answers once it is as far as is waited for: it leads, unless told otherwise. */
  readonly ready?: string;
}

export async function startTrainer(api: ApiServer, options: TrainerOptions = {}): Promise<RunningTrainer> {
  const { address = trainerAddress, durations, ready = '/v1/rollout' } = options;
  const { namespace, name } = TRAINER;
  const place = ['configmap', name, '--namespace', namespace];
  const text = await api.kubectl(['get', ...place, '-o', 'jsonpath={.data.weir\\.yaml}']);
  const config = JSON.parse(text) as { readonly leader: { readonly kubernetes: object } };
  Object.assign(config.leader.kubernetes, durations);
  const kubeConfig = await api.kubeConfigOf(namespace, name);
  const url = `http://${address}:${TRAINER_PORT}`;
  const dataOf = (folder: string) => options.data ?? join(folder, 'data');
  const daemon = await startDaemon({
    path: process.execPath,
    ports: 0,
    prepare: async (folder) => {
      const file = join(folder, 'weir.yaml');
      await writeFile(file, JSON.stringify(config));
      return [
        ...[join(packageRoot, 'bin/weir.mjs'), 'serve', '--host', address, '--port', String(TRAINER_PORT)],
        ...['--data', dataOf(folder), '--config', file, '--kubeconfig', kubeConfig],
      ];
    },
    ready: async () => (await fetch(url + ready)).ok,
  });
  const token = (await readFile(join(dataOf(daemon.folder), 'token'), 'utf8')).trim();
  return {
    url,
    daemon,
    get: async <T>(path: string) => (await (await fetch(url + path)).json()) as T,
    post: (path, body) =>
      fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
      }),
  };
}
