// deploy/helm/weir by the real helm: the same objects as `weir install`, from the same values.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { toolPath } from '../../bench/cluster/tool-path.js';
import { packageVersion } from '../../trainer/cli/package-root.js';
import { BAD_VALUES, MONITORED, VALUE_SETS } from '../unit/install/value-sets.js';
import { AWKWARD_VALUES } from './install/awkward-values.js';
import { CHART, configAnnotation, parsedManifests, renderedBy } from './install/manifests.js';

const SETS: Readonly<Record<string, object>> = { ...VALUE_SETS, monitored: MONITORED, ...AWKWARD_VALUES };

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'weir-helm-'))));
afterAll(() => rmSync(folder, { recursive: true }));

async function helm(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(toolPath('helm'), args, { maxBuffer: 1 << 24 });
  return stdout;
}

/** In the namespace that the values name. */
function template(values: object, chart = CHART): Promise<string> {
  const { namespace = 'weir-system' } = values as { namespace?: string };
  return templateIn(namespace, values, chart);
}

function templateIn(namespace: string, values: object, chart = CHART): Promise<string> {
  const file = join(folder, 'values.yaml');
  // JSON, since YAML has words that are booleans to Helm and text to others.
  writeFileSync(file, JSON.stringify(values));
  return helm('template', 'weir', chart, '--namespace', namespace, '--values', file);
}

it('passes the strictest lint', async () => {
  expect(await helm('lint', '--strict', CHART)).toContain('0 chart(s) failed');
});

describe('the chart and weir install', () => {
  it.each(Object.entries(SETS))('make the same: %s', async (_name, values) => {
    const own = renderedBy(values);
    expect(own.length).toBeGreaterThan(3);
    expect(parsedManifests(await template(values))).toEqual(own);
  });

  it.each(['one service', 'three trainers on one volume', 'text that Go would escape'])(
    'start the trainer anew where its configuration changes, and only there: %s',
    async (name) => {
      const values = SETS[name] as { config?: object };
      const annotations = async (of: object) => [
        configAnnotation(renderedBy(of, true)),
        configAnnotation(parsedManifests(await template(of), true)),
      ];
      const before = await annotations(values);
      const other = await annotations({ ...values, config: { ...values.config, keepModels: 7 } });
      expect(before).not.toContain(undefined);
      expect(await annotations({ ...values, podDisruptionBudget: { enabled: false } })).toEqual(before);
      before.forEach((annotation, i) => expect(other[i]).not.toBe(annotation));
    },
  );
});

describe('the chart refuses, by the field', () => {
  it.each([
    ...BAD_VALUES,
    ['a value that null takes away', { replicas: null }, ['replicas', /missing property/]],
    ['half a priority', { plugin: { priority: 0.5 } }, ['plugin.priority', /.+/]],
    ['a label that is no text', { nodeSelector: { spot: true } }, ['nodeSelector.spot', /want string/]],
    ['a secret without a name', { image: { pullSecrets: [{}] } }, ['image.pullSecrets.0', /'name'/]],
    [
      'a sampling of more than all',
      { telemetry: { samplingPercent: 101 } },
      ['telemetry', /Percent.* 100$/m],
    ],
  ] satisfies typeof BAD_VALUES)('%s', async (_what, values, [field, said]) => {
    const complaint = await template(values).then(
      String,
      (error: unknown) => (error as { stderr: string }).stderr,
    );
    expect(complaint).toMatch(/^Error: /m);
    expect(complaint).toMatch(said);
    const path = field === 'the file' ? [] : field.split('.');
    expect(complaint).toMatch(new RegExp(path.join('.+'), 's'));
  });

  it('a namespace other than that of the release', async () => {
    await expect(templateIn('other', { namespace: 'balance' })).rejects.toThrow(
      /namespace: the release is in other, not in balance/,
    );
  });
});

it('may be a part of another chart', async () => {
  const outer = join(folder, 'outer');
  mkdirSync(join(outer, 'charts'), { recursive: true });
  cpSync(CHART, join(outer, 'charts/weir'), { recursive: true });
  const dependencies = [{ name: 'weir', version: packageVersion() }];
  writeFileSync(
    join(outer, 'Chart.yaml'),
    stringify({ apiVersion: 'v2', name: 'outer', version: '1.0.0', dependencies }),
  );
  const values = SETS['one service']!;
  const rendered = await template({ weir: values, global: { region: 'eu' } }, outer);
  expect(parsedManifests(rendered)).toEqual(renderedBy(values));
});
