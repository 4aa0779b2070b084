// Which Envoy a binary is, and whether it can carry Weir.
import { execFile } from 'node:child_process';

/** `override_host`, which the filter steers with, is in Envoy from 1.35 on. */
const OLDEST: readonly [major: number, minor: number] = [1, 35];

/** The version in `envoy  version: <commit>/1.40.0/Clean/RELEASE/BoringSSL`. */
export function parseVersion(output: string): string | undefined {
  return /\/(\d+\.\d+\.\d+[\w.-]*)\//.exec(output)?.[1];
}

export const isTooOld = (version: string): boolean => isOlder(version, OLDEST);

/** Than the first patch of a minor version. */
export function isOlder(version: string, than: readonly [major: number, minor: number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < than[0] || (major === than[0] && minor < than[1]);
}

/** Runs the binary; its version, or why it cannot be used. */
export async function inspect(path: string): Promise<{ version: string } | { reason: string }> {
  const { error, stdout } = await run(path, ['--version'], 10_000);
  if (error) return { reason: `${path} does not run: ${firstLine(error.message)}` };
  const version = parseVersion(stdout);
  if (version === undefined) return { reason: `${path} is no Envoy: it says "${firstLine(stdout)}"` };
  if (isTooOld(version)) {
    return { reason: `${path} is Envoy ${version}: override_host needs ${OLDEST.join('.')} or newer` };
  }
  return { version };
}

export interface Output {
  readonly error: Error | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end; a failure is in the answer, not thrown. */
export function run(
  command: string,
  args: readonly string[],
  timeout: number,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Output> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout, env, maxBuffer: 1 << 24 }, (error, stdout, stderr) =>
      resolve({ error, stdout, stderr }),
    );
  });
}

export function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
