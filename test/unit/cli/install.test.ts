import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { packageVersion } from '../../../trainer/cli/package-root.js';
import { run } from '../../../trainer/cli/program.js';
import { nameOf, type Manifest } from '../install/render.js';
import { BAD_VALUES } from '../install/value-sets.js';

let folder: string;
let out: string;
let err: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-install-'));
  [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
  onTestFinished(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });
});

function file(content: object | string): string {
  const path = join(folder, 'values.yaml');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const dryRun = (...args: readonly string[]): Promise<number> => run(['install', '--dry-run', ...args]);
const printed = () => parseAllDocuments(out).map((document) => document.toJS() as Manifest);

describe('weir install --dry-run', () => {
  it('prints the manifests, the namespace before what lies in it', async () => {
    expect(await dryRun()).toBe(0);
    expect(printed().map(nameOf).slice(0, 2)).toEqual([
      'Namespace weir-system',
      'ServiceAccount weir-system/weir-trainer',
    ]);
    expect(out).toContain(`/trainer:${packageVersion()}\n`);
  });

  it('takes values from a file, and single ones over them', async () => {
    const values = file('namespace: balancing\nreplicas: 1\nimage: { tag: a, pullPolicy: Always }\n');
    const sets = [
      '--set',
      'image.tag=b',
      '--set',
      'token.existingSecret=secret',
      '--set',
      'networkPolicy.enabled=false',
    ];
    expect(await dryRun('--values', values, ...sets)).toBe(0);
    expect(out).toContain('image: registry.example/weir/trainer:b\n');
    expect(out).toContain('imagePullPolicy: Always\n');
    expect(out).toContain('name: secret\n');
    expect(printed().map(nameOf)).toContain('Deployment balancing/weir-trainer');
    expect(printed().some(({ kind }) => kind === 'NetworkPolicy')).toBe(false);
  });

  it.each(BAD_VALUES)(
    'ends with 2 on %s, and names the file and the field',
    async (_, values, [field, said]) => {
      const path = file(values);
      expect(await dryRun('--values', path)).toBe(2);
      expect(err.startsWith(`${path}: ${field}: `)).toBe(true);
      expect(err).toMatch(said);
      expect(err.trimEnd()).not.toContain('\n');
      expect(out).toBe('');
    },
  );

  it('ends with 2 on a file that is not there, or is no YAML, and on a --set without a value', async () => {
    expect(await dryRun('--values', join(folder, 'none.yaml'))).toBe(2);
    expect(err).toMatch(/none\.yaml: ENOENT/);
    err = '';
    expect(await dryRun('--values', file('a: [1'))).toBe(2);
    expect(err).toMatch(/values\.yaml: /);
    err = '';
    expect(await dryRun('--set', 'replicas')).toBe(2);
    expect(err).toBe('--set replicas: expected path=value\n');
  });
});

describe('weir install', () => {
  it('says which kubeconfig it cannot use', async () => {
    expect(await run(['install', '--kubeconfig', join(folder, 'none')])).toBe(1);
    expect(err).toMatch(/^weir: .*none: ENOENT/);
  });

  it('says what it could not ask where there is no API server', async () => {
    const kubeconfig = join(folder, 'kubeconfig');
    const cluster = { name: 'a', cluster: { server: 'https://127.0.0.1:1' } };
    const context = { name: 'a', context: { cluster: 'a', user: 'a' } };
    const users = [{ name: 'a', user: {} }];
    writeFileSync(
      kubeconfig,
      JSON.stringify({ 'current-context': 'a', clusters: [cluster], contexts: [context], users }),
    );
    expect(await run(['install', '--kubeconfig', kubeconfig])).toBe(1);
    expect(err).toMatch(/^weir: Namespace weir-system: .*ECONNREFUSED.*\n$/);
  });
});
