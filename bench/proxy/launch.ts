// An Envoy with any configuration, on the core that it is told.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Admin } from '../../trainer/mesh/envoy/admin.js';
import type { EnvoyBinary } from '../../trainer/mesh/envoy/binary.js';
import type { Json } from '../../trainer/mesh/envoy/json.js';
import { startProcess } from '../../trainer/mesh/envoy/process.js';
import { onCore } from './processes.js';

const START_TIMEOUT_MS = 30_000;
const POLL_MS = 20;

export interface LaunchOptions {
  readonly binary: EnvoyBinary;
  /** Of its files. */
  readonly name: string;
  readonly runDir: string;
  readonly core?: number | undefined;
}

export interface Launched {
  readonly pid: number;
  readonly admin: Admin;
  /** `ip:port` of the listeners by name. */
  readonly addresses: ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

/** One worker, as every Envoy of a measurement has. */
export async function launch(configuration: Json, options: LaunchOptions): Promise<Launched> {
  const { binary, name, runDir, core } = options;
  const file = (suffix: string): string => join(runDir, `${name}${suffix}`);
  await writeFile(file('.bootstrap.json'), JSON.stringify(configuration, null, 2));
  const args = ['-c', file('.bootstrap.json'), '--admin-address-path', file('.admin')];
  const quiet = ['--concurrency', '1', '--disable-hot-restart', '-l', 'warning', '--drain-time-s', '1'];
  const [command, all] = onCore(core, binary.path, [...args, ...quiet]);
  const process = startProcess(command, all, file('.log'));
  let over: string | undefined;
  void process.ended.then((reason) => (over = reason));
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline && over === undefined) {
    const admin = await Admin.fromFile(file('.admin'));
    if (admin && (await admin.ready().catch(() => false)))
      return {
        pid: process.pid,
        admin,
        addresses: await admin.listeners(),
        stop: () => process.stop(),
      };
    await pause(POLL_MS);
  }
  await process.stop();
  throw new Error(`Envoy ${name} did not start: ${over ?? (await process.lastWords())}`);
}
