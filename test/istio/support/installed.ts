// A mesh with Weir in it: installed by `weir install`, with the trainer and traffic through a sidecar and a gateway.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import {
  CLUSTER,
  HOST,
  NAMESPACE,
  PORT,
  SERVICE,
  startMesh,
  type Mesh,
} from '../../../bench/cluster/mesh.js';
import { eventually } from '../../../bench/cluster/eventually.js';
import type { Proxy } from '../../../bench/cluster/proxy.js';
import { packageRoot } from '../../../trainer/cli/package-root.js';
import { startLoad, type LoadResult } from '../../e2e/support/load.js';
import { startUpstreams, type Upstream } from '../../e2e/support/upstream.js';
import { startTrainer, type RunningTrainer } from './trainer.js';

export const FAST_MS = 4;
export const SLOW_MS = 60;
export const WORKERS = 2;
/** As Envoy counts what the extension discovery of role client does. */
const CLIENT_FILTER = `extensions.istio.io/trafficextension/${NAMESPACE}.weir-client~istio-translated-wasmplugin`;

export interface Installed {
  readonly mesh: Mesh;
  /** The last one is slow. */
  readonly apps: readonly Upstream[];
  readonly trainer: RunningTrainer;
  /** Those in which the client role decides. */
  readonly callers: readonly Proxy[];
  /** Runs `weir install` with these values beside those of the mesh. */
  install(values?: object, ...options: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

export async function startInstalled(): Promise<Installed> {
  const apps = await startUpstreams(3, { delayMs: FAST_MS });
  apps.at(-1).behave({ delayMs: SLOW_MS });
  const mesh = await startMesh({ apps: apps.map(({ port }) => port), workers: WORKERS, hasGateway: true });
  const install = (values: object = {}, ...options: readonly string[]) => weirInstall(mesh, values, options);
  try {
    await install();
    const trainer = await startTrainer(mesh.api);
    const callers = [mesh.client, mesh.gateway!];
    await eventually(
      async () => (await Promise.all(callers.map((proxy) => deciding(proxy)))).every(Boolean),
      {
        timeoutMs: 30_000,
      },
    );
    // The first filter brings new listeners: their predecessors are gone before anything is counted.
    await eventually(async () => {
      const draining = await Promise.all(callers.map((proxy) => sum(proxy, 'total_listeners_draining$')));
      return draining.every((count) => count === 0);
    });
    return {
      ...{ mesh, apps, trainer, callers, install },
      async stop() {
        await trainer.daemon.stop();
        await mesh.stop();
        await Promise.all(apps.map((app) => app.kill()));
      },
    };
  } catch (error) {
    await mesh.stop();
    throw error;
  }
}

async function weirInstall(mesh: Mesh, values: object, options: readonly string[]): Promise<string> {
  const file = join(mesh.api.daemon.folder, 'values.yaml');
  await writeFile(
    file,
    stringify({
      plugin: { url: `file://${join(packageRoot, 'build/plugin.wasm')}` },
      config: { learning: { enabled: false }, rollout: { minStageSeconds: 1, coolDownMinutes: 0 } },
      mesh: [{ namespace: NAMESPACE, services: [{ name: SERVICE, port: PORT }] }],
      ...values,
    }),
  );
  const command = [join(packageRoot, 'bin/weir.mjs'), 'install', '--values', file];
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...command,
    ...['--kubeconfig', mesh.api.kubeConfig, ...options],
  ]);
  return stdout;
}

/** Sum of the statistics whose name matches. */
export async function sum(proxy: Proxy, pattern: string): Promise<number> {
  return [...(await proxy.stats(pattern)).values()].reduce((total, value) => total + value, 0);
}

/** Whether every worker of the Envoy decides, with this model where one is given. */
export async function deciding(proxy: Proxy, gauge?: number): Promise<boolean> {
  const stats = await proxy.stats('^wasmcustom\\.weir\\.worker\\.\\d+\\.model$');
  const live = [...stats.values()].filter((model) => model !== 0);
  return live.length >= WORKERS && live.every((model) => gauge === undefined || model === gauge);
}

export const rejections = (proxy: Proxy): Promise<number> =>
  sum(proxy, `${CLIENT_FILTER}\\.(update_rejected|config_fail)$`);

export interface Traffic {
  stop(): Promise<LoadResult>;
  readonly requests: number;
}

/** Through the sidecar and through the gateway at once, until stopped. */
export function startTraffic({ address, gatewayAddress }: Mesh): Traffic {
  const headers = { host: `${HOST}:${PORT}` };
  const all = [
    startLoad(address, { concurrency: 6, headers }),
    startLoad(gatewayAddress, { concurrency: 3 }),
  ];
  return {
    get requests() {
      return all.reduce((total, { result }) => total + result.latenciesMs.length, 0);
    },
    async stop() {
      const [first, second] = await Promise.all(all.map((load) => load.stop()));
      for (const key of ['byEndpoint', 'statuses', 'failures'] as const) {
        const counts = first![key] as Map<unknown, number>;
        for (const [name, count] of second![key]) counts.set(name, (counts.get(name) ?? 0) + count);
      }
      first!.latenciesMs.push(...second!.latenciesMs);
      return first!;
    },
  };
}

/** Nothing but answers with status 200. */
export const failuresOf = ({ statuses, failures }: LoadResult): unknown[] => [
  ...[...statuses].filter(([status]) => status !== 200),
  ...failures,
];

export { CLUSTER };
