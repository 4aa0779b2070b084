// The image of the plugin, held against a tool that registries and clusters use: what it reads, converts and copies.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { packageRoot, packageVersion } from '../../trainer/cli/package-root.js';
import { run } from '../../trainer/cli/program.js';
import { skopeo } from '../../bench/cluster/tool-path.js';
import { extractWasm, findImage } from '../unit/image/agent.js';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-skopeo-'));
  const said = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  expect(await run(['image', '--out', at('image'), '--tag', 'edge', '--json', at('image.json')])).toBe(0);
  said.mockRestore();
});
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

/** Without the host's policy of signatures, which says nothing of files. */
const tool = (...args: string[]): string =>
  execFileSync(skopeo(), ['--insecure-policy', '--tmpdir', folder, ...args], { encoding: 'utf8' });

describe('skopeo', () => {
  it('reads the image', () => {
    const { manifestDigest } = JSON.parse(readFileSync(at('image.json'), 'utf8'));
    expect(JSON.parse(tool('inspect', `oci:${at('image')}:edge`))).toMatchObject({
      Digest: manifestDigest,
      Os: 'linux',
      Layers: [expect.stringMatching(/^sha256:[0-9a-f]{64}$/)],
      Labels: { 'org.opencontainers.image.version': packageVersion() },
    });
  });

  it('copies it to another layout, digest and module unchanged', () => {
    tool('copy', `oci:${at('image')}:edge`, `oci:${at('copy')}:other`);
    const copy = findImage(at('copy'), 'other');
    expect(copy.checksum).toBe(findImage(at('image'), 'edge').checksum);
    const wasm = readFileSync(join(packageRoot, 'build/plugin.wasm'));
    expect(extractWasm(at('copy'), copy.manifest).equals(wasm)).toBe(true);
  });

  it('unpacks it into an archive for docker load', () => {
    tool('copy', `oci:${at('image')}:edge`, `docker-archive:${at('image.tar')}:weir/plugin:edge`);
    const read = (name: string) =>
      execFileSync('tar', ['-xOf', at('image.tar'), name], { maxBuffer: 1 << 24 });
    const [entry] = JSON.parse(read('manifest.json').toString());
    expect(entry.RepoTags).toEqual(['docker.io/weir/plugin:edge']);
    const layer = read(String(entry.Layers[0]));
    const wasm = execFileSync('tar', ['-xOf', '-', 'plugin.wasm'], { input: layer });
    expect(wasm.equals(readFileSync(join(packageRoot, 'build/plugin.wasm')))).toBe(true);
  });
});
