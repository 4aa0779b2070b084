// What `weir up` runs on this machine: Envoy or the embedded host, the trainer, and files in a folder of its own.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { destination, pino } from 'pino';
import { encodeModel } from '../actor/model-file.js';
import { withContentId } from '../actor/content-id.js';
import type { Model } from '../actor/model.js';
import { EmbeddedEngine } from '../mesh/embedded/engine.js';
import type { Engine, EngineFiles } from '../mesh/engine.js';
import { findEnvoy } from '../mesh/envoy/binary.js';
import { EnvoyEngine } from '../mesh/envoy/engine.js';
import { guard } from '../mesh/guard/guard.js';
import { EnvoyFilePublisher } from '../publish/envoy-file.js';
import type { MeshEndpoint } from '../mesh/local-mesh.js';
import type { Serving } from '../rollout/serving.js';
import { loadToken } from '../server/token.js';
import { readServeOptions, type ServeOptions } from '../service/options.js';
import { startPlainTrainer } from '../service/plain-trainer.js';
import { startTrainer } from '../service/trainer-service.js';
import type { Fleet } from '../telemetry/fleet.js';
import { packageRoot } from './package-root.js';
import { endpointTables, type NamedModel, type NamedServing } from './plugin-config.js';
import { shippedModel } from './shipped-model.js';
import { packageParts } from './trainer-parts.js';
import type { UpParts } from './up-run.js';

type EngineName = Engine['name'];

/** The model that ships, and it again a hair warmer under another id: what reloads exchange must not change how it balances. */
function builtInModels(): Model[] {
  const model = shippedModel();
  return [model, withContentId({ ...model, temperature: Math.fround(model.temperature * 1.0001) })];
}

const named = (model: Model): NamedModel => ({
  id: model.id,
  base64: Buffer.from(encodeModel(model)).toString('base64'),
});

const namedServing = ({ current, candidate }: Serving): NamedServing => ({
  current: named(current),
  ...(candidate ? { candidate: { model: named(candidate.model), share: candidate.share } } : {}),
});

async function chooseEngine(
  wanted: EngineName | undefined,
  files: EngineFiles,
  note: (line: string) => void,
): Promise<Engine> {
  if (wanted === 'embedded') return new EmbeddedEngine(files);
  const envoy = await findEnvoy({ note });
  if ('path' in envoy) return new EnvoyEngine(envoy, files);
  if (wanted === 'envoy') throw new Error(envoy.reason);
  note(`${envoy.reason}; using the embedded engine`);
  return new EmbeddedEngine(files);
}

export interface LocalOptions {
  /** What reloads exchange; what a trainer that learns begins with. */
  readonly models?: readonly Model[] | undefined;
  /** Of a trainer that learns: its data folder, and its configuration file. */
  readonly learning?:
    { readonly data?: string | undefined; readonly config?: string | undefined } | undefined;
  /** In place of what the configuration file says, or the defaults. */
  readonly traces?: Partial<ServeOptions['traces']>;
}

export interface LocalParts {
  readonly parts: UpParts;
  /** Removes the folder. */
  readonly dispose: () => void;
}

/** @param note told what takes long or turns out otherwise than hoped for */
export async function localParts(
  wanted: EngineName | undefined,
  note: (line: string) => void,
  { models = builtInModels(), learning, traces = {} }: LocalOptions = {},
): Promise<LocalParts> {
  const runDir = mkdtempSync(join(tmpdir(), 'weir-'));
  guard().folder(runDir);
  const dispose = () => rmSync(runDir, { recursive: true, force: true });
  try {
    // Apart from the logs: sidecars watch this folder.
    const configDir = join(runDir, 'config');
    mkdirSync(configDir);
    const files: EngineFiles = {
      plugin: join(packageRoot, 'build/plugin.wasm'),
      clientConfig: join(configDir, 'client.json'),
      serverConfig: join(configDir, 'server.json'),
      runDir,
    };
    return {
      parts: assemble(await chooseEngine(wanted, files, note), files, { models, learning, traces }),
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

function assemble(
  engine: Engine,
  files: EngineFiles,
  { models, learning, traces }: LocalOptions & { readonly models: readonly Model[] },
): UpParts {
  const { plugin, clientConfig, serverConfig, runDir } = files;
  const client = new EnvoyFilePublisher({ path: clientConfig, role: 'client', plugin });
  const server = new EnvoyFilePublisher({ path: serverConfig, role: 'server', plugin });
  return {
    engine,
    models: models.map(named),
    publishClient: (configuration) => client.publish(configuration),
    publishServer: (configuration) => server.publish(configuration),
    startTrainer: async (port, serve) => {
      const log = pino(destination({ dest: join(runDir, 'trainer.log'), sync: true }));
      const announced = (fleet: Fleet) => (endpoints: readonly MeshEndpoint[]) =>
        fleet.configure(endpointTables(endpoints));
      const configured = readServeOptions(learning?.config);
      const options = { ...configured, traces: { ...configured.traces, ...traces } };
      if (!serve || !learning) {
        const clocks = { now: () => performance.now(), wallNow: () => Date.now() };
        const trainer = await startPlainTrainer({ port, log, traces: options.traces, ...clocks });
        return { port: trainer.port, announce: announced(trainer.fleet), close: () => trainer.close() };
      }
      const dataDir = learning.data ?? join(runDir, 'data');
      const trainer = await startTrainer({
        ...packageParts(),
        ...(models[0] ? { initial: models[0] } : {}),
        ...{ dataDir, host: '127.0.0.1', port, log },
        options,
        token: () => loadToken({ dataDir, environment: process.env }),
        createPublisher: () => ({
          serve: (serving) => serve(namedServing(serving)),
          // A file that its own sidecars watch: what cannot be written there is thrown.
          targets: [],
          close: async () => {},
        }),
      });
      const { server } = trainer;
      return { port: server.port, announce: announced(server.fleet), close: () => trainer.close() };
    },
    guard: guard(),
  };
}
