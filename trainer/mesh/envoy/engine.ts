// The mesh's sidecars as real Envoys.
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Engine, EngineFiles, Sidecar, SidecarSpec } from '../engine.js';
import { Admin } from './admin.js';
import type { EnvoyBinary } from './binary.js';
import { bootstrap } from './bootstrap.js';
import { refusedRoles } from './discovery.js';
import { INBOUND_LISTENER, outboundListener } from './listeners.js';
import { residentBytes } from './memory.js';
import { startProcess, type EnvoyProcess } from './process.js';

/** Envoy starts in a tenth of a second; a machine under load gets its time. */
const START_TIMEOUT_MS = 30_000;
const POLL_MS = 20;

export class EnvoyEngine implements Engine {
  readonly name = 'envoy';
  readonly description: string;
  readonly #binary: EnvoyBinary;
  readonly #files: EngineFiles;

  constructor(binary: EnvoyBinary, files: EngineFiles) {
    this.#binary = binary;
    // Envoy reads these paths itself, and its error messages should show where they are.
    this.#files = {
      plugin: resolve(files.plugin),
      clientConfig: resolve(files.clientConfig),
      serverConfig: resolve(files.serverConfig),
      runDir: resolve(files.runDir),
    };
    this.description = `envoy ${binary.version} (${binary.path})`;
  }

  async start(spec: SidecarSpec): Promise<Sidecar> {
    const { runDir } = this.#files;
    await mkdir(runDir, { recursive: true });
    const file = (suffix: string): string => join(runDir, `${spec.id}${suffix}`);
    await this.#checkFiles(spec);
    await writeFile(
      file('.bootstrap.json'),
      JSON.stringify(bootstrap(spec, this.#files, this.#binary.version), null, 2),
    );
    // The address of an earlier sidecar of the same name would be taken for this one's.
    await rm(file('.admin'), { force: true });
    const process = startProcess(
      this.#binary.path,
      [
        ...['-c', file('.bootstrap.json'), '--admin-address-path', file('.admin')],
        ...['--concurrency', String(spec.workers), '--disable-hot-restart', '-l', 'warning'],
        // The filter says its version when its VM starts.
        ...['--component-log-level', 'wasm:info'],
        // A stopping sidecar of a local mesh has nobody to drain for.
        ...['--drain-time-s', '1', '--parent-shutdown-time-s', '2'],
      ],
      file('.log'),
    );
    try {
      const admin = await untilReady(process, spec, file('.admin'));
      return sidecar(spec, process, admin, await admin.listeners());
    } catch (error) {
      await process.stop();
      throw error;
    }
  }

  /** Envoy would end with an error that names neither the role nor what to do. */
  async #checkFiles(spec: SidecarSpec): Promise<void> {
    if (spec.balancing !== 'weir') return;
    for (const path of [this.#files.plugin, this.#files.clientConfig, this.#files.serverConfig]) {
      await access(path).catch(() => {
        throw new Error(`sidecar ${spec.id} cannot start: ${path} is missing`);
      });
    }
  }
}

async function untilReady(process: EnvoyProcess, spec: SidecarSpec, adminPath: string): Promise<Admin> {
  let over: string | undefined;
  void process.ended.then((reason) => (over = reason));
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (over !== undefined) throw new Error(`sidecar ${spec.id} did not start: ${over}`);
    const admin = await Admin.fromFile(adminPath);
    if (admin && (await admin.ready().catch(() => false))) {
      const refused = await refusedRoles(admin, spec);
      if (refused.length === 0) return admin;
      const words = await process.lastWords();
      throw new Error(
        `sidecar ${spec.id} refused the configuration of role ${refused.join(' and ')}: ${words}`,
      );
    }
    await pause(POLL_MS);
  }
  throw new Error(`sidecar ${spec.id} was not ready after ${START_TIMEOUT_MS / 1000} s`);
}

function sidecar(
  spec: SidecarSpec,
  process: EnvoyProcess,
  admin: Admin,
  ports: ReadonlyMap<string, string>,
): Sidecar {
  const inbound = ports.get(INBOUND_LISTENER);
  return {
    id: spec.id,
    ...(spec.appPort !== undefined && inbound !== undefined ? { inbound } : {}),
    outbound: (service) => {
      const address = ports.get(outboundListener(service));
      if (address === undefined) throw new Error(`sidecar ${spec.id} has no outbound service ${service}`);
      return address;
    },
    stats: (filter) => admin.stats(filter),
    residentBytes: () => residentBytes(process.pid),
    ended: process.ended,
    stop: () => process.stop(),
  };
}
