// scripts/tfjs-node.mjs where tfjs-node cannot be provided: setup goes on, and says so once.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../../scripts/tfjs-node.mjs', import.meta.url));
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'weir-tfjs-'));
  for (const folder of ['build', 'node_modules/@tensorflow/tfjs-node'])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'node_modules/@tensorflow/tfjs-node/package.json'), '{ "version": "4.22.0" }');
  writeFileSync(join(root, 'package-lock.json'), '{}');
  mkdirSync(join(root, 'bin'));
  for (const tool of ['make', 'g++']) writeFileSync(join(root, 'bin', tool), '#!/bin/sh\n', { mode: 0o755 });
});

afterEach(() => rmSync(root, { recursive: true }));

/** What setup says, line by line, on a machine with a compiler and no Python; it must not fail. */
function setup(env: NodeJS.ProcessEnv = {}, platform = 'linux'): string[] {
  const code = `
    Object.defineProperty(process, 'platform', { value: ${JSON.stringify(platform)} });
    Object.defineProperty(process, 'arch', { value: 'x64' });
    (await import(${JSON.stringify(script)})).setupTfjsNode(${JSON.stringify(root)});`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    env: { PATH: join(root, 'bin'), HOME: root, ...env },
  });
  expect([status, stdout]).toEqual([0, '']);
  return stderr.split('\n').filter(Boolean);
}

const WASM = /^weir: training without TensorFlow, in WebAssembly: /;

it('says once what is missing, until the packages change or WEIR_TFJS=node insists', () => {
  const said = setup();
  expect(said.at(-1)).toMatch(WASM);
  expect(said.at(-1)).toContain('python3');
  expect(setup()).toEqual([]);
  expect(setup({ WEIR_TFJS: 'node' }).at(-1)).toMatch(WASM);
  expect(setup()).toEqual([]);
  writeFileSync(join(root, 'package-lock.json'), '{ "lockfileVersion": 3 }');
  expect(setup().at(-1)).toMatch(WASM);
});

it('downloads nothing for a platform that it has no library for', () => {
  expect(setup({}, 'darwin')).toEqual([expect.stringMatching(/WebAssembly: not made for darwin-x64$/)]);
});

it('downloads nothing where there is no compiler', () => {
  rmSync(join(root, 'bin/g++'));
  expect(setup()).toEqual([expect.stringMatching(/WebAssembly: g\+\+: .*ENOENT$/)]);
});

it('leaves alone what is there already', () => {
  const lib = join(root, 'node_modules/@tensorflow/tfjs-node/lib/napi-v8');
  mkdirSync(lib, { recursive: true });
  expect(setup({ WEIR_TFJS: 'node' })).toEqual([]);
  expect(existsSync(lib)).toBe(true);
});

it('stays away where WEIR_TFJS=wasm', () => {
  expect(setup({ WEIR_TFJS: 'wasm' })).toEqual([]);
  expect(existsSync(join(root, 'build/tfjs-node.failure'))).toBe(false);
});

it('leaves nothing half-made in the cache', () => {
  const cache = join(root, 'cache');
  setup({ WEIR_CACHE: cache });
  expect(readdirSync(cache)).toEqual([]);
});
