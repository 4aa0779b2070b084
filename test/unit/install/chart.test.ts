// deploy/helm/weir beside what it is made from; that it renders the same is held in test/istio/helm.test.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packageRoot, packageVersion } from '../../../trainer/cli/package-root.js';
import { shippedModelPath } from '../../../trainer/cli/shipped-model.js';
import { parseValues } from '../../../trainer/install/parse-values.js';
import { chartSchema, type JsonSchema } from './chart-schema.js';
import { expectGenerated } from './generated.js';

const CHART = join(packageRoot, 'deploy/helm/weir');
const read = (name: string): string => readFileSync(join(CHART, name), 'utf8');

/** Of values that a person sets, with what is passed on as one. */
function paths(schema: JsonSchema, path: readonly string[] = []): string[] {
  const inner = Object.entries(schema.properties ?? schema.items?.properties ?? {});
  if (inner.length === 0 || path[0] === 'config') return [path.join('.')];
  return inner.flatMap(([key, of]) => paths(of, [...path, key]));
}

/** Texts of a schema, with where they belong. */
function descriptions(schema: JsonSchema, path: readonly string[] = []): (readonly [string, string])[] {
  return [
    ...(schema.description ? [[path.join('.'), schema.description] as const] : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([key, of]) => descriptions(of, [...path, key])),
    ...(schema.items ? descriptions(schema.items, path) : []),
  ];
}

describe('the chart', () => {
  it('has the version of the package', () => {
    expect(parse(read('Chart.yaml'))).toMatchObject({
      version: packageVersion(),
      appVersion: packageVersion(),
    });
  });

  it('brings the model that ships with the package', () => {
    expect(readFileSync(join(CHART, 'files/actor.weir')).equals(readFileSync(shippedModelPath))).toBe(true);
  });

  it('has a schema made from that of the values (UPDATE_GOLDEN=1 rewrites it)', async () => {
    await expectGenerated(join(CHART, 'values.schema.json'), JSON.stringify(chartSchema()));
  });

  it('has every value in values.yaml, with its default', () => {
    const { namespace: _ofRelease, ...defaults } = parseValues({});
    expect(parse(read('values.yaml'))).toEqual(defaults);
  });

  it('says in values.yaml what each value is for', () => {
    const text = read('values.yaml').replace(/\s*\n[\s#]*/g, ' ');
    const all = descriptions(chartSchema());
    expect(all.length).toBeGreaterThan(20);
    expect(all.filter(([, description]) => !text.includes(description))).toEqual([]);
  });

  it('has every value in the table of docs/install.md', () => {
    const text = readFileSync(join(packageRoot, 'docs/install.md'), 'utf8');
    // Whatever a secret is called is told by an example, and the last one is Helm's own.
    const aside = ['image.pullSecrets.name', 'global'];
    const all = paths(chartSchema()).filter((path) => !aside.includes(path));
    expect(all.length).toBeGreaterThan(30);
    expect(all.filter((path) => !text.includes(`\`${path}\``))).toEqual([]);
  });
});
