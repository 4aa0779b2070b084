// Brings the real programs that tests run against, beside Envoy, which the tests fetch themselves: Jaeger, built with Go
// once a machine; Prometheus, a headless Chromium and skopeo, from the system. Says where they are in build/tools.json.
import { createHash } from 'node:crypto';
import { accessSync, constants, cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, once, run } from './provide.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const say = (line) => process.stderr.write(`weir: ${line}\n`);

/** Two cores take 5 to 25 minutes; a hanging registry does not get forever. */
const BUILD_MS = 3_600_000;
const INSTALL_MS = 900_000;
/** Also looked in where PATH lacks them. */
const FOLDERS = ['/usr/bin', '/usr/local/bin', '/usr/local/go/bin'];

/** Programs that Debian has: their usual names, and the package to install. */
const SYSTEM = {
  prometheus: { names: ['prometheus'], package: 'prometheus', without: 'of the metrics' },
  promtool: { names: ['promtool'], package: 'prometheus', without: 'of the alert rules' },
  chromium: {
    names: ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'],
    package: 'chromium-headless-shell',
    without: 'of the pages',
  },
  skopeo: { names: ['skopeo'], package: 'skopeo', without: 'of the image' },
};

/** Path of the first program by one of these names; undefined where there is none. */
function find(...names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...FOLDERS];
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Jaeger of the versions in scripts/jaeger, a build for each of them and each Go. */
function jaeger() {
  const go = find('go');
  if (go === undefined) throw new Error('no Go to build it with (https://go.dev/dl, 1.25 or newer)');
  const modules = ['go.mod', 'go.sum'].map((name) => join(root, 'scripts/jaeger', name));
  const hash = createHash('sha256').update(run('go', go, ['env', 'GOVERSION', 'GOOS', 'GOARCH']));
  for (const file of modules) hash.update(readFileSync(file));
  const folder = join(cacheFolder(), `jaeger-${hash.digest('hex').slice(0, 16)}`);
  once(folder, (scratch) => {
    say('building Jaeger with Go (once, 5 to 25 minutes) ...');
    for (const file of modules) cpSync(file, join(scratch, file.slice(dirname(file).length)));
    const flags = ['-trimpath', '-buildvcs=false', '-mod=readonly', '-ldflags', '-s -w', '-o', 'jaeger'];
    run('go build', go, ['build', ...flags, 'github.com/jaegertracing/jaeger/cmd/jaeger'], {
      cwd: scratch,
      timeout: BUILD_MS,
      env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: process.env.GOFLAGS ?? '-p=2' },
    });
    run('jaeger', join(scratch, 'jaeger'), ['version'], { timeout: 60_000 });
  });
  return join(folder, 'jaeger');
}

/** Installs Debian packages where this process may. */
function install(packages) {
  const apt = find('apt-get');
  if (apt === undefined || process.getuid?.() !== 0)
    throw new Error(`not installed (Debian: apt-get install ${packages.join(' ')})`);
  say(`installing ${packages.join(' and ')} ...`);
  const options = { timeout: INSTALL_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  run('apt-get update', apt, ['update'], options);
  run('apt-get install', apt, ['install', '-y', '--no-install-recommends', ...packages], options);
}

/** What `get` returns; where it cannot, one line of what is missing and what follows. */
function attempt(name, without, get) {
  try {
    return get();
  } catch (error) {
    say(`no ${name}, so tests ${without} will fail: ${error.message}`);
    return undefined;
  }
}

function setupTools() {
  const paths = { jaeger: attempt('jaeger', 'of the tracing', jaeger) };
  const missing = Object.values(SYSTEM).filter(({ names }) => find(...names) === undefined);
  const packages = [...new Set(missing.map((tool) => tool.package))];
  let refused;
  try {
    if (packages.length > 0) install(packages);
  } catch (error) {
    refused = error;
  }
  for (const [name, { names, without }] of Object.entries(SYSTEM)) {
    paths[name] = attempt(name, without, () => {
      const path = find(...names);
      if (path === undefined) throw refused ?? new Error(`not among the installed programs`);
      return path;
    });
  }
  const file = join(root, 'build/tools.json');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(paths, undefined, 2)}\n`);
  renameSync(`${file}.${process.pid}`, file);
  if (Object.values(paths).includes(undefined)) process.exitCode = 1;
  else say(`tests have their tools: ${Object.keys(paths).join(', ')}`);
}

setupTools();
