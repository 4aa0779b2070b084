import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { moduleVersion } from '../../../trainer/image/module-version.js';
import { pluginImage, type PluginImage } from '../../../trainer/image/plugin-image.js';
import { blob, extractWasm, findImage } from './agent.js';

const WASM = Uint8Array.from({ length: 70_000 }, (_, at) => (at * 7 + (at >> 9)) & 0xff);
const image = (tag = '1.2.3', revision: string | undefined = '0123abcd') =>
  pluginImage(WASM, { version: '1.2.3', revision }, 'Apache-2.0', tag);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function onDisk({ files }: PluginImage): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-image-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

it("holds the module where Istio's agent looks for it", () => {
  const built = image();
  const layout = onDisk(built);
  const { manifest, checksum } = findImage(layout, '1.2.3');
  expect(manifest.mediaType).toBe('application/vnd.oci.image.manifest.v1+json');
  expect(extractWasm(layout, manifest).equals(WASM)).toBe(true);
  expect(built.manifestDigest).toBe(`sha256:${checksum}`);
  expect(built.wasmSha256).toBe(sha256(WASM));
});

it('has a configuration that fits its layer, and nothing that no descriptor names', () => {
  const built = image();
  const layout = onDisk(built);
  const { manifest } = findImage(layout, '1.2.3');
  const config = JSON.parse(blob(layout, manifest.config).toString());
  const tar = gunzipSync(blob(layout, manifest.layers[0]!));
  expect(config).toMatchObject({ os: 'linux', rootfs: { diff_ids: [`sha256:${sha256(tar)}`] } });
  expect(JSON.parse(Buffer.from(built.files.get('oci-layout')!).toString())).toEqual({
    imageLayoutVersion: '1.0.0',
  });
  // Layout and index, manifest, configuration, layer.
  expect(built.files.size).toBe(5);
});

it('says what it is, as annotations and as labels', () => {
  const layout = onDisk(image());
  const { manifest } = findImage(layout, '1.2.3');
  expect(manifest.annotations).toEqual({
    'org.opencontainers.image.title': 'weir-plugin',
    'org.opencontainers.image.version': '1.2.3',
    'org.opencontainers.image.licenses': 'Apache-2.0',
    'org.opencontainers.image.revision': '0123abcd',
  });
  const { config } = JSON.parse(blob(layout, manifest.config).toString());
  expect(config.Labels).toEqual(manifest.annotations);
});

it('is the same to the byte each time, whatever its tag', () => {
  expect([...image().files]).toEqual([...image().files]);
  expect(image('edge').manifestDigest).toBe(image().manifestDigest);
  expect(image('1.2.3', 'ffffffff').manifestDigest).not.toBe(image().manifestDigest);
  // As it was when this was written: a change means that everybody's pinned digest changes.
  expect(image().manifestDigest).toMatchInlineSnapshot(
    `"sha256:7821cf4dcd2d31a735287a65bc1cdf6f4bad805628a570d52fedc09dfbf155ad"`,
  );
});

it('names no revision that is not known', () => {
  const { manifest } = findImage(
    onDisk(pluginImage(WASM, { version: '1.2.3', revision: undefined }, 'MIT', 'a')),
    'a',
  );
  expect(manifest.annotations).not.toHaveProperty(['org.opencontainers.image.revision']);
});

it('reads the version of a module from its text', () => {
  const wasm = (text: string) => Buffer.concat([Buffer.of(0, 97, 115, 109, 1), Buffer.from(text, 'utf16le')]);
  expect(moduleVersion(wasm('weir 10.2.31+0a1b2c3d started'))).toEqual({
    version: '10.2.31',
    revision: '0a1b2c3d',
  });
  expect(moduleVersion(wasm('0.1.0+unknown'))).toEqual({ version: '0.1.0', revision: undefined });
  expect(moduleVersion(wasm('0.1.0'))).toBeUndefined();
  expect(moduleVersion(Buffer.from('0.1.0+0a1b2c3d'))).toBeUndefined();
});
