// What kubectl makes of these files is compared in test/istio/kustomize.test.ts.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { packageRoot } from '../../../trainer/cli/package-root.js';
import { expectGenerated } from './generated.js';
import { baseFiles, overlayFiles, type Files } from './kustomize.js';

const BASE = join(packageRoot, 'deploy/kustomize/base');
const SHOP = join(packageRoot, 'deploy/kustomize/overlays/shop');

async function expectFolder(folder: string, files: Files, byHand: readonly string[]): Promise<void> {
  for (const [name, text] of Object.entries(files)) await expectGenerated(join(folder, name), text);
  expect(readdirSync(folder).sort()).toEqual([...Object.keys(files), ...byHand].sort());
}

it('the base is what the defaults install, one file a kind (UPDATE_GOLDEN=1 rewrites it)', async () => {
  await expectFolder(BASE, baseFiles(), []);
});

it('the overlay is what its values install (UPDATE_GOLDEN=1 rewrites it)', async () => {
  const values: unknown = parse(readFileSync(join(SHOP, 'values.yaml'), 'utf8'));
  await expectFolder(SHOP, overlayFiles(values), ['values.yaml']);
});
