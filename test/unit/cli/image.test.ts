import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { packageRoot, packageVersion } from '../../../trainer/cli/package-root.js';
import { run } from '../../../trainer/cli/program.js';
import { extractWasm, findImage } from '../image/agent.js';

let folder: string;
let out: string;
let err: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-image-'));
  [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
  onTestFinished(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });
});
const path = (name: string) => join(folder, name);

describe('weir image', () => {
  it('writes the built plugin and says the two digests', async () => {
    expect(await run(['image', '--out', path('image'), '--json', path('o.json')])).toBe(0);
    const { manifest, checksum } = findImage(path('image'), packageVersion());
    const wasm = readFileSync(join(packageRoot, 'build/plugin.wasm'));
    expect(extractWasm(path('image'), manifest).equals(wasm)).toBe(true);
    const wasmSha256 = createHash('sha256').update(wasm).digest('hex');
    expect(JSON.parse(readFileSync(path('o.json'), 'utf8'))).toMatchObject({
      ...{ tag: packageVersion(), version: packageVersion() },
      ...{ manifestDigest: `sha256:${checksum}`, wasmSha256 },
    });
    expect(out.split('\n')).toEqual([
      expect.stringMatching(
        `^weir: plugin ${packageVersion()} \\(.*\\) is in oci:.*/image:${packageVersion()}$`,
      ),
      expect.stringMatching(`^manifest +sha256:${checksum} +WasmPlugin.sha256 of oci://`),
      expect.stringMatching(`^wasm +sha256:${wasmSha256} +of http://`),
      '',
    ]);
  });

  it('prints JSON alone with --json, and takes another tag', async () => {
    expect(await run(['image', '--out', path('image'), '--tag', 'edge_1', '--json'])).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ tag: 'edge_1' });
    expect(findImage(path('image'), 'edge_1').manifest.layers).toHaveLength(1);
  });

  it.each([
    [[], /required option '--out <dir>' not specified/],
    [['--out', 'x', '--tag', 'a/b'], /--tag <tag>' argument 'a\/b' is invalid. Expected a tag/],
    [['--out', 'x', '--tag', ''], /--tag <tag>' argument '' is invalid/],
  ])('ends with 2 and one line on %j', async (args, line) => {
    expect(await run(['image', ...args])).toBe(2);
    expect(err).toMatch(line);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });

  it('ends with 2 where the folder holds something else', async () => {
    writeFileSync(path('notes'), 'mine');
    expect(await run(['image', '--out', folder])).toBe(2);
    expect(err).toBe(`--out ${folder}: it holds notes, which is no part of an OCI layout\n`);
    expect(readFileSync(path('notes'), 'utf8')).toBe('mine');
  });
});
