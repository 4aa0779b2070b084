// Programs that are built with Go, once a machine: of the versions in scripts/go/<module>, for each of them and each Go.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, find, once, run, say } from './provide.mjs';

const modules = join(dirname(fileURLToPath(import.meta.url)), 'go');

/** Two cores take 5 to 25 minutes; a hanging registry does not get forever. */
const BUILD_MS = 3_600_000;

/**
 * Path of the program, which is built where it is not there yet. Only what is given here and lies in the module's folder
 * decides what comes out, and so both name the cache's folder.
 * @param {object} program
 * @param {string} program.name of the binary
 * @param {string} program.module folder below scripts/go, with go.mod and go.sum
 * @param {string} program.package what is built
 * @param {string[]} [program.flags] of `go build`, beside the usual ones
 * @param {string} [program.ldflags] beside `-s -w`
 * @param {string[]} program.check arguments with which it says its version
 */
export function goProgram({ name, module, package: target, flags = [], ldflags = '', check }) {
  const go = find('go');
  if (go === undefined) throw new Error('no Go to build it with (https://go.dev/dl, 1.26 or newer)');
  const sources = join(modules, module);
  const args = [
    '-trimpath',
    '-buildvcs=false',
    '-mod=readonly',
    ...flags,
    '-ldflags',
    `-s -w ${ldflags}`.trim(),
  ];
  const hash = createHash('sha256').update(run('go', go, ['env', 'GOVERSION', 'GOOS', 'GOARCH']));
  hash.update(JSON.stringify([name, target, args]));
  const files = readdirSync(sources).sort();
  for (const file of files) hash.update(file).update(readFileSync(join(sources, file)));
  const folder = join(cacheFolder(), `${name}-${hash.digest('hex').slice(0, 16)}`);
  if (!existsSync(folder)) say(`building ${name} with Go (once, up to 25 minutes) ...`);
  once(folder, (scratch) => {
    for (const file of files) cpSync(join(sources, file), join(scratch, file));
    run('go build', go, ['build', ...args, '-o', name, target], {
      cwd: scratch,
      timeout: BUILD_MS,
      env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: process.env.GOFLAGS ?? '-p=2' },
    });
    run(name, join(scratch, name), check, { timeout: 60_000 });
  });
  return join(folder, name);
}

/** Path of a file out of a module that scripts/go/<module> requires, kept beside the programs. */
export function goModuleFile(module, required, file) {
  const sources = join(modules, module);
  const version = readFileSync(join(sources, 'go.mod'), 'utf8').match(`${required} (v\\S+)`)?.[1];
  const folder = join(cacheFolder(), `${required.replaceAll('/', '-')}-${version}`);
  once(folder, (scratch) => {
    const go = find('go');
    if (go === undefined) throw new Error('no Go to fetch it with (https://go.dev/dl)');
    const found = run('go mod download', go, ['mod', 'download', '-json', `${required}@${version}`], {
      cwd: sources,
    });
    cpSync(join(JSON.parse(found).Dir, file), join(scratch, basename(file)));
  });
  return join(folder, basename(file));
}
