// What stands around the Envoys under test: upstream, trainer, generator, and who runs on which core.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Cleanup } from '../../trainer/mesh/apps/cleanup.js';
import { findEnvoy } from '../../trainer/mesh/envoy/binary.js';
import { guard } from '../../trainer/mesh/guard/guard.js';
import { startServer } from '../../trainer/server/server.js';
import { launch } from './launch.js';
import { findGenerator, type Generator } from './load.js';
import { measure } from './measure.js';
import { findCores, moveToCore } from './processes.js';
import { upstreamBootstrap } from './upstream.js';
import { startVariant, type Running, type Surroundings, type Variant } from './variants.js';

const ENDPOINTS = 8;
/** Enough for V8 and for the connections to the endpoints. */
const WARM_UP_SECONDS = 2;

export interface Stage {
  readonly envoy: string;
  readonly endpoints: readonly string[];
  readonly generator: Generator;
  readonly runDir: string;
  /** One line for people. */
  readonly pinning: string;
  /** Starts an Envoy under test. */
  start(variant: Variant): Promise<Running>;
  warmUp(target: Running): Promise<void>;
}

export async function setStage(cleanup: Cleanup): Promise<Stage> {
  const binary = await findEnvoy({ note: (line) => console.error(line) });
  if ('reason' in binary) throw new Error(`needs a real Envoy: ${binary.reason}`);
  const runDir = await mkdtemp(join(tmpdir(), 'weir-bench-'));
  guard().folder(runDir);
  cleanup.add(() => rm(runDir, { recursive: true, force: true }));
  const cores = findCores();
  const pinned = 'reason' in cores ? undefined : cores;
  moveToCore(pinned?.rest, process.pid);
  const upstream = await launch(upstreamBootstrap(ENDPOINTS), {
    binary,
    name: 'upstream',
    runDir,
    core: pinned?.rest,
  });
  cleanup.add(() => upstream.stop());
  const log = pino({ level: 'silent' });
  const trainer = await startServer({ log, now: () => performance.now() });
  cleanup.add(() => trainer.close());
  const endpoints = [...upstream.addresses.values()];
  const generator = findGenerator(runDir, pinned?.rest);
  const around: Surroundings = { binary, runDir, core: pinned?.tested, endpoints, trainerPort: trainer.port };
  return {
    envoy: `Envoy ${binary.version}`,
    endpoints,
    generator,
    runDir,
    pinning:
      'reason' in cores
        ? `no process is pinned (${cores.reason}): the Envoy under test may not be what limits`
        : `the Envoy under test alone on core ${cores.tested}, all else on core ${cores.rest}`,
    start: async (variant) => {
      const running = await startVariant(variant, around);
      cleanup.add(() => running.stop());
      return running;
    },
    warmUp: async (target) => {
      await measure(target, generator, WARM_UP_SECONDS);
    },
  };
}
