// One real Envoy as a client's sidecar, with everything that it needs, in one call.
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { guard } from '../../../trainer/mesh/guard/guard.js';
import type { EngineFiles, Sidecar, SidecarSpec } from '../../../trainer/mesh/engine.js';
import type { EnvoyBinary } from '../../../trainer/mesh/envoy/binary.js';
import { EnvoyEngine } from '../../../trainer/mesh/envoy/engine.js';
import { EnvoyFilePublisher } from '../../../trainer/publish/envoy-file.js';
import { send, startLoad, type LoadOptions, type LoadResult, type RunningLoad } from './load.js';

/** The compiled filter of this checkout. */
export const PLUGIN = resolve(import.meta.dirname, '../../../build/plugin.wasm');
/** A port nobody listens on: without a trainer the filter has to live with refused reports. */
const NO_TRAINER = 9;

export interface ClientSidecarOptions {
  readonly envoy: EnvoyBinary;
  /** `ip:port` of the endpoints of the service. */
  readonly endpoints: readonly string[];
  /** The plugin's configuration in the client role. */
  readonly configuration: object;
  /** The plugin's configuration in the server role. */
  readonly serverConfiguration?: object;
  /** Another filter than that of this checkout. */
  readonly plugin?: string;
  readonly workers?: number;
  readonly service?: string;
  readonly trainerPort?: number;
  /** Also takes inbound requests for this application. */
  readonly appPort?: number;
  readonly balancing?: SidecarSpec['balancing'];
  readonly id?: string;
}

export interface ClientSidecar {
  readonly sidecar: Sidecar;
  /** `ip:port` that the application calls to reach the service. */
  readonly address: string;
  readonly files: EngineFiles;
  /**
   * Hands a new configuration of the client role to the running Envoy. With a configuration for the filter's VM that is
   * not the present one, Envoy starts a new VM.
   */
  publish(configuration: object, vmConfiguration?: string): Promise<void>;
  publishServer(configuration: object): Promise<void>;
  send(count: number, options?: LoadOptions): Promise<LoadResult>;
  startLoad(options?: LoadOptions): RunningLoad;
  /** One statistic by its full name; 0 when Envoy does not have it. */
  stat(name: string): Promise<number>;
  /** What Envoy and the plugin wrote, from warnings up. */
  log(): Promise<string>;
  /** Ends Envoy and removes its files. */
  stop(): Promise<void>;
}

export async function startClientSidecar(options: ClientSidecarOptions): Promise<ClientSidecar> {
  const { service = 'api', id = 'client-0' } = options;
  const runDir = await mkdtemp(join(tmpdir(), 'weir-e2e-'));
  guard().folder(runDir);
  // A copy: Envoy reads the file again at every reload, and a build in between would be another filter.
  const plugin = join(runDir, 'plugin.wasm');
  await copyFile(options.plugin ?? PLUGIN, plugin);
  const files: EngineFiles = {
    plugin,
    runDir,
    clientConfig: join(runDir, 'client.ecds.json'),
    serverConfig: join(runDir, 'server.ecds.json'),
  };
  const clientFile = { path: files.clientConfig, role: 'client', plugin } as const;
  let client = new EnvoyFilePublisher(clientFile);
  const server = new EnvoyFilePublisher({ path: files.serverConfig, role: 'server', plugin });
  await client.publish(options.configuration);
  await server.publish(options.serverConfiguration ?? { role: 'server' });
  const sidecar = await new EnvoyEngine(options.envoy, files).start({
    id,
    workers: options.workers ?? 1,
    outbound: [{ service, endpoints: options.endpoints }],
    trainerPort: options.trainerPort ?? NO_TRAINER,
    balancing: options.balancing ?? 'weir',
    ...(options.appPort === undefined ? {} : { appPort: options.appPort }),
  });
  const address = sidecar.outbound(service);
  return {
    sidecar,
    address,
    files,
    publish: (configuration, vmConfiguration) => {
      if (vmConfiguration) client = new EnvoyFilePublisher({ ...clientFile, vmConfiguration });
      return client.publish(configuration);
    },
    publishServer: (configuration) => server.publish(configuration),
    send: (count, load) => send(address, count, load),
    startLoad: (load) => startLoad(address, load),
    stat: async (name) => {
      const exact = `^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;
      return (await sidecar.stats(exact)).get(name) ?? 0;
    },
    log: () => readFile(join(runDir, `${id}.log`), 'utf8'),
    stop: async () => {
      await sidecar.stop();
      await rm(runDir, { recursive: true, force: true });
    },
  };
}
