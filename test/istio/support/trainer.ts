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

export async function startTrainer(api: ApiServer): Promise<RunningTrainer> {
  const { namespace, name } = TRAINER;
  const place = ['configmap', name, '--namespace', namespace];
  const text = await api.kubectl(['get', ...place, '-o', 'jsonpath={.data.weir\\.yaml}']);
  const kubeConfig = await api.kubeConfigOf(namespace, name);
  const url = `http://${trainerAddress}:${TRAINER_PORT}`;
  const daemon = await startDaemon({
    path: process.execPath,
    ports: 0,
    prepare: async (folder) => {
      const config = join(folder, 'weir.yaml');
      await writeFile(config, text);
      return [
        ...[
          join(packageRoot, 'bin/weir.mjs'),
          'serve',
          '--host',
          trainerAddress,
          '--port',
          String(TRAINER_PORT),
        ],
        ...['--data', join(folder, 'data'), '--config', config, '--kubeconfig', kubeConfig],
      ];
    },
    // It leads, and answers.
    ready: async () => (await fetch(`${url}/v1/rollout`)).ok,
  });
  const token = (await readFile(join(daemon.folder, 'data/token'), 'utf8')).trim();
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
