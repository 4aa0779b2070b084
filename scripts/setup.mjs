// Brings a checkout to the point where every command runs: installs packages and builds what is older than its
// sources. Plain Node without dependencies, because on a fresh clone there are none yet.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setupTfjsNode } from './tfjs-node.mjs';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const WASM_TARGETS = { plugin: 'plugin/index.ts', simulator: 'plugin/simulator.ts' };
/** A second pass for the plugin, which has a budget of 64 KiB: traps do not happen on its paths, so it may assume none. */
const SHRINK = '-Oz -tnh --generate-global-effects';
const WASM_FEATURES =
  '--enable-simd --enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext --enable-mutable-globals';

/** Runs a step, shows its output only where it fails. */
function step(name, command, args) {
  process.stderr.write(`weir: ${name} ...\n`);
  const run = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (run.status === 0) return;
  process.stderr.write(`${run.stdout ?? ''}${run.stderr ?? ''}`);
  throw new Error(
    `weir: ${name} failed (${command} ${args.join(' ')}): ${run.error?.message ?? `exit ${run.status}`}`,
  );
}

function* filesBelow(folder) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (/\.(tsx?|mjs|json|html|css|svg)$/.test(entry.name)) yield path;
  }
}

/** One hash over the content of files and folders: what a build depends on. */
function fingerprint(...paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    const files = statSync(join(root, path)).isDirectory() ? [...filesBelow(path)].sort() : [path];
    for (const file of files) hash.update(file).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/** Runs `build` unless the stamp says that it ran on these very sources and its outputs are still there. */
function unlessFresh(stamp, hash, outputs, build) {
  const file = join(root, 'build', `${stamp}.stamp`);
  const fresh =
    existsSync(file) &&
    readFileSync(file, 'utf8') === hash &&
    outputs.every((o) => existsSync(join(root, o)));
  if (fresh) return;
  build();
  writeFileSync(`${file}.tmp`, hash);
  renameSync(`${file}.tmp`, file);
}

function gitHash() {
  // A build in a container has the sources alone.
  if (process.env.WEIR_REVISION) return process.env.WEIR_REVISION.slice(0, 8);
  try {
    const options = { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
    return execFileSync('git', ['rev-parse', '--short=8', 'HEAD'], options).trim();
  } catch {
    return 'unknown';
  }
}

/** The plugin logs its version and git hash when its VM starts; a build must not depend on anything else. */
function writeBuildInfo() {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const file = join(root, 'plugin/host/build-info.ts');
  const text = `// Written by scripts/setup.mjs.\nexport const VERSION = '${version}+${gitHash()}';\n`;
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
}

export function install() {
  const lock = fingerprint('package-lock.json');
  const marker = join(root, 'node_modules/.weir-lock');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === lock) return;
  // Without install scripts: the only one of weight is tfjs-node's, and scripts/tfjs-node.mjs does its work.
  step('installing packages', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  writeFileSync(marker, lock);
}

/** Compiles to a file of its own first: a broken build leaves no half-made module behind. */
function buildWasm(name, entry) {
  const out = `build/${name}.${process.pid}.wasm`;
  const asc = ['node_modules/assemblyscript/bin/asc.js', entry, '--target', name, '--outFile', out];
  step(`building ${name}.wasm`, process.execPath, asc);
  if (name === 'plugin') {
    const options = [...WASM_FEATURES.split(' '), ...SHRINK.split(' ')];
    step('shrinking plugin.wasm', process.execPath, [
      'node_modules/binaryen/bin/wasm-opt',
      ...options,
      out,
      '-o',
      out,
    ]);
  }
  renameSync(join(root, out), join(root, `build/${name}.wasm`));
}

export function setup() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) throw new Error(`weir: needs Node 20 or newer, this is ${process.version}`);
  mkdirSync(join(root, 'build'), { recursive: true });
  install();
  setupTfjsNode(root);
  writeBuildInfo();
  for (const [name, entry] of Object.entries(WASM_TARGETS)) {
    const sources = fingerprint('plugin', 'asconfig.json', 'package-lock.json', 'scripts');
    unlessFresh(name, sources, [`build/${name}.wasm`], () => buildWasm(name, entry));
  }
  unlessFresh(
    'dashboard',
    fingerprint('trainer/dashboard', 'package-lock.json'),
    ['dist/dashboard/index.html'],
    () =>
      step('building the page', process.execPath, [
        ...['node_modules/vite/bin/vite.js', 'build', 'trainer/dashboard'],
        ...['--config', 'trainer/dashboard/vite.config.ts', '--logLevel', 'warn'],
      ]),
  );
  const sources = ['trainer', 'bench', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
  unlessFresh('trainer', fingerprint(...sources), ['dist/trainer/cli/main.js'], () =>
    step('building the trainer', process.execPath, [
      'node_modules/typescript/bin/tsc',
      '-p',
      'tsconfig.build.json',
    ]),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    setup();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
