// deploy/kustomize by the real kubectl: the same objects as `weir install`.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { toolPath } from '../../bench/cluster/tool-path.js';
import { packageRoot } from '../../trainer/cli/package-root.js';
import { keyOf, manifestsOf, type Manifest } from '../unit/install/kustomize.js';

const KUSTOMIZE = join(packageRoot, 'deploy/kustomize');

function built(folder: string): Manifest[] {
  const text = execFileSync(toolPath('kubectl'), ['kustomize', join(KUSTOMIZE, folder)], {
    encoding: 'utf8',
  });
  return inOrder(parseAllDocuments(text).map((document) => document.toJS() as Manifest));
}

const inOrder = (manifests: Manifest[]): Manifest[] =>
  manifests.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));

it('the base is what the defaults install', () => {
  expect(built('base')).toEqual(inOrder(manifestsOf({})));
});

it('the overlay is what its values install', () => {
  const values: unknown = parse(readFileSync(join(KUSTOMIZE, 'overlays/shop/values.yaml'), 'utf8'));
  expect(built('overlays/shop')).toEqual(inOrder(manifestsOf(values)));
});
