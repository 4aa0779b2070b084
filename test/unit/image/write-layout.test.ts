import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { pluginImage } from '../../../trainer/image/plugin-image.js';
import { writeLayout } from '../../../trainer/image/write-layout.js';

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'weir-layout-'));
  folder = join(parent, 'image');
  onTestFinished(() => rmSync(parent, { recursive: true }));
});
const { files } = pluginImage(Uint8Array.of(1, 2), { version: '1.0.0', revision: undefined }, 'MIT', 'a');
const { files: next } = pluginImage(Uint8Array.of(3), { version: '1.0.0', revision: undefined }, 'MIT', 'b');

/** Every file below the folder is one of these, with its content, and nothing lies beside the folder. */
function expectHolds(expected: ReadonlyMap<string, Uint8Array>) {
  const below = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
  expect(below).toHaveLength(expected.size);
  for (const [path, content] of expected) expect(readFileSync(join(folder, path)).equals(content)).toBe(true);
  expect(readdirSync(parent).filter((name) => name.startsWith('image'))).toEqual(['image']);
}

it('makes the folder, fills an empty one, and replaces a layout of its own as a whole', () => {
  writeLayout(folder, files);
  expectHolds(files);
  writeLayout(`${folder}/`, next);
  expectHolds(next);
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  writeLayout(folder, files);
  expectHolds(files);
});

it('writes to where a link leads', () => {
  mkdirSync(join(parent, 'elsewhere'));
  symlinkSync(join(parent, 'elsewhere'), folder);
  writeLayout(folder, files);
  expect(readdirSync(join(parent, 'elsewhere')).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  expectHolds(files);
});

it.each<[string, (folder: string) => void, RegExp]>([
  ['a file', (at) => writeFileSync(at, ''), /ENOTDIR/],
  ['a folder of others', (at) => (mkdirSync(at), writeFileSync(join(at, 'notes'), '')), /it holds notes/],
  [
    'half a layout',
    (at) => mkdirSync(join(at, 'blobs'), { recursive: true }),
    /no OCI layout \(oci-layout\)/,
  ],
  [
    'a layout of another version',
    (at) => (mkdirSync(at), writeFileSync(join(at, 'oci-layout'), '{"imageLayoutVersion":"2.0.0"}')),
    /not of version 1\.0\.0/,
  ],
  [
    'other images',
    (at) => {
      mkdirSync(at);
      writeFileSync(join(at, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
      const mine = { annotations: { 'org.opencontainers.image.title': 'weir-plugin' } };
      writeFileSync(join(at, 'index.json'), JSON.stringify({ manifests: [mine, {}] }));
    },
    /it holds other images/,
  ],
])('refuses %s and leaves it as it is', (_what, prepare, message) => {
  prepare(folder);
  const before = () => readdirSync(parent, { recursive: true }).sort();
  const was = before();
  expect(() => writeLayout(folder, files)).toThrow(message);
  expect(before()).toEqual(was);
});

it('leaves the layout before where the new one cannot be written', () => {
  writeLayout(folder, files);
  const broken = new Map([...next, ['index.json/below', Uint8Array.of(1)]]);
  expect(() => writeLayout(folder, broken)).toThrow();
  expectHolds(files);
});
