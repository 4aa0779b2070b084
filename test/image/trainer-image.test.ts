// The Dockerfile without a container engine: its build stage runs in a copy of the tracked files, its final stage is put
// together, and what ENTRYPOINT and CMD say is run on that, as the user that it names and on a root that is read-only.
import { spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../bench/cluster/eventually.js';
import { packageManifest, packageRoot } from '../../trainer/cli/package-root.js';
import { reportBody } from '../unit/telemetry/reports.js';
import { copyContext } from './context.js';
import { parseDockerfile, runStage, type Configuration } from './dockerfile.js';

const BUILD_MS = 900_000;
const REVISION = '0123456789abcdef0123456789abcdef01234567';
const UID = 65532;

let folder: string;
let image: Configuration;
const at = (...path: string[]) => join(folder, ...path);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-trainer-image-'));
  // Whoever runs the image must be able to reach it.
  chmodSync(folder, 0o755);
  copyContext(packageRoot, at('context'));
  mkdirSync(at('home'));
  const stages = parseDockerfile(readFileSync(join(packageRoot, 'Dockerfile'), 'utf8'));
  const build = { root: folder, context: at('context'), args: { REVISION } };
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
  const host = { ...(own as Record<string, string>), HOME: at('home') };
  runStage(stages[0]!, { ...build, env: host });
  image = runStage(stages[1]!, { ...build, env: { PATH: '/usr/local/bin:/usr/bin:/bin' } });
}, BUILD_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Container {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Exit code. */
  readonly ended: Promise<number | null>;
  readonly volume: string;
}

/** Runs a command line of the image, on a volume of its own. */
function run(args: readonly string[]): Container {
  const volume = mkdtempSync(at('volume-'));
  chownSync(volume, UID, UID);
  const root = mkdtempSync(at('root-'));
  const script = join(packageRoot, 'test/image/container.sh');
  const child = spawn(
    'unshare',
    ['--mount', script, root, at('final'), volume, process.execPath, ...args],
    // Programs of the script are the host's; the image's PATH has none of them.
    {
      env: { ...image.env, PATH: `${image.env['PATH']}:/usr/sbin:/sbin` },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, volume, ended, output: () => output };
}

/** Output of a command that ends with 0. */
async function outputOf(args: readonly string[]): Promise<string> {
  const { ended, output } = run(args);
  if ((await ended) !== 0) throw new Error(output());
  return output();
}

describe("the trainer's image", () => {
  it('serves: health, the page, reports, and ends when told', async () => {
    const { child, volume, ended, output } = run([...image.entrypoint, ...image.command, '--port', '0']);
    const url = await eventually(
      () => {
        if (child.exitCode !== null) throw new Error(output());
        return /listens on (http:\S+)\//.exec(output())?.[1];
      },
      { timeoutMs: 30_000 },
    ).catch((error: unknown) => {
      throw new Error(output(), { cause: error });
    });
    for (const path of ['/healthz', '/readyz', '/metrics', '/openapi.json'])
      expect([path, (await fetch(`${url}${path}`)).status]).toEqual([path, 200]);
    const page = await (await fetch(`${url}/`)).text();
    const [, script] = /<script[^>]* src="([^"]+)"/.exec(page) ?? [];
    expect((await fetch(new URL(script ?? 'missing', `${url}/`))).status).toBe(200);
    const answer = await fetch(`${url}/v1/reports`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(reportBody('proxy', 1, { api: { '10.0.0.1:80': { requests: 3 } } })),
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ clusters: [{ name: 'api' }] });

    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    expect(status).toMatch(new RegExp(`^Uid:\\s+${UID}\\s+${UID}\\s`, 'm'));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(readdirSync(volume)).toContain('token');
    expect(statSync(join(volume, 'token')).uid).toBe(UID);
  });

  it('can write nowhere but to its volume', async () => {
    const script = `
      const { writeFileSync } = await import('node:fs');
      const fails = (path) => { try { writeFileSync(path, ''); return ''; } catch (error) { return error.code; } };
      console.log(JSON.stringify(['/var/lib/weir/x', '/opt/weir/x', '/x', '/tmp/x'].map(fails)));`;
    const written = JSON.parse(await outputOf(['node', '--input-type=module', '--eval', script]));
    expect(written).toEqual(['', 'EROFS', 'EROFS', 'ENOENT']);
  });

  it('has every package that the trainer imports, and a backend to learn on', async () => {
    const { dependencies } = JSON.parse(readFileSync(at('final/opt/weir/package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const script = `
      for (const name of ${JSON.stringify(Object.keys(dependencies))}) await import(name);
      const { loadBackend } = await import('/opt/weir/dist/trainer/learning/backend.js');
      console.log((await loadBackend()).name);`;
    expect(await outputOf(['node', '--input-type=module', '--eval', script])).toBe('wasm\n');
  });

  it('learns, with threads and a backend that only load then', async () => {
    const train = ['train', '--out', '/var/lib/weir/a.weir', '--updates', '1', '--workers', '1'];
    const { ended, volume, output } = run([...image.entrypoint, ...train]);
    expect(await ended, output()).toBe(0);
    expect(statSync(join(volume, 'a.weir')).size).toBeGreaterThan(1000);
  });

  it('says what it is', async () => {
    const { version, license } = packageManifest();
    expect(image.labels).toMatchObject({
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.licenses': license,
      'org.opencontainers.image.revision': REVISION,
    });
    expect(image.user).toBe(`${UID}:${UID}`);
    expect(await outputOf([...image.entrypoint, '--version'])).toBe(`${version}\n`);
    const written = await outputOf([...image.entrypoint, 'image', '--out', '/var/lib/weir/image', '--json']);
    expect(JSON.parse(written)).toMatchObject({ version, revision: REVISION.slice(0, 8) });
  });

  it('holds no sources, tests or tools', () => {
    expect(readdirSync(at('final/opt/weir')).sort()).toEqual(
      ['LICENSE', 'bench', 'bin', 'build', 'dist', 'models', 'node_modules', 'package.json'].sort(),
    );
    const packages = readdirSync(at('final/opt/weir/node_modules'));
    for (const name of ['typescript', 'vitest', 'assemblyscript', 'vite', '.bin/tsc'])
      expect(packages).not.toContain(name);
  });
});
