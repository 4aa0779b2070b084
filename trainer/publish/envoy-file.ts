// Publishes to plain Envoys: an ECDS answer in a file that they watch.
import { open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { wasmResource, type Role } from '../mesh/envoy/wasm.js';
import type { Publisher } from './publisher.js';

export interface EnvoyFileOptions {
  /** The file that Envoy's bootstrap names as the role's `path_config_source`. */
  readonly path: string;
  readonly role: Role;
  /** The compiled filter, as Envoy sees it. */
  readonly plugin: string;
  /** Configuration of the filter's VM. The filter reads none: a change only makes Envoy start a new VM. */
  readonly vmConfiguration?: string;
}

export class EnvoyFilePublisher implements Publisher {
  readonly #options: EnvoyFileOptions;
  #version: Promise<number> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: EnvoyFileOptions) {
    this.#options = options;
  }

  /** One at a time, in the order of the calls, so that the last call wins. */
  publish(pluginConfiguration: object): Promise<void> {
    const turn = this.#last.then(() => this.#write(pluginConfiguration));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #write(pluginConfiguration: object): Promise<void> {
    const { path, role, plugin, vmConfiguration } = this.#options;
    if (this.#version === undefined) await removeLeftovers(path);
    const version = (await (this.#version ??= publishedVersion(path))) + 1;
    this.#version = Promise.resolve(version);
    const answer = {
      version_info: String(version),
      resources: [wasmResource(role, resolve(plugin), pluginConfiguration, vmConfiguration)],
    };
    await replaceFile(path, `${JSON.stringify(answer, null, 2)}\n`);
  }
}

/** Goes on counting where an earlier process stopped. */
async function publishedVersion(path: string): Promise<number> {
  try {
    const { version_info: version } = JSON.parse(await readFile(path, 'utf8')) as { version_info?: unknown };
    return Number.isSafeInteger(Number(version)) ? Number(version) : 0;
  } catch {
    return 0;
  }
}

let temporaries = 0;
const inUse = new Set<string>();

/** Envoy only reacts to a rename in the folder, and must never read half a file. */
async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `${temporaryPrefix(path)}${process.pid}.${++temporaries}`);
  inUse.add(temporary);
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    inUse.delete(temporary);
  }
}

function temporaryPrefix(path: string): string {
  return `.${basename(path)}.`;
}

/** What processes that were killed while they wrote left in the folder. */
async function removeLeftovers(path: string): Promise<void> {
  const prefix = temporaryPrefix(path);
  for (const name of await readdir(dirname(path))) {
    const [, pid] = (name.startsWith(prefix) && /^(\d+)\.\d+$/.exec(name.slice(prefix.length))) || [];
    const file = join(dirname(path), name);
    if (pid !== undefined && !inUse.has(file) && !isOther(Number(pid))) await rm(file, { force: true });
  }
}

/** Whether another live process has this id. In a new container this one often has the id of the one that died. */
function isOther(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
