import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadScenario } from '../../../trainer/environment/scenario.js';
import { EXAMPLE, environment, isBalanced, manifests, type Manifest } from './manifests.js';
import { service } from './process.js';

const all = manifests();
const of = (kind: string) => all.filter((manifest) => manifest.kind === kind);
const template = ({ spec }: Manifest) => {
  if (spec?.template === undefined) throw new Error('it has no pods');
  return spec.template;
};
const environments = of('Deployment').map((one) => environment(template(one).spec.containers[0]!));

it('has services for all that its services ask', () => {
  const calls = environments.flatMap(({ CALLS = '' }) => CALLS.split(',').filter(Boolean));
  const addresses = of('Service').map(({ metadata, spec }) => `${metadata.name}:${spec?.ports?.[0]?.port}`);
  expect(new Set(calls)).toEqual(new Set(['reviews:9080', 'details:9080', 'ratings:9080']));
  expect(addresses).toEqual(expect.arrayContaining(calls));
});

it('has pods behind every service', () => {
  const pods = of('Deployment').map((one) => template(one).metadata.labels);
  for (const { spec } of of('Service'))
    expect(pods).toContainEqual(expect.objectContaining(spec?.selector ?? { none: 'at all' }));
});

it('marks for Weir what weir-values.yaml names, and nothing else', () => {
  const { mesh } = parse(readFileSync(join(EXAMPLE, 'weir-values.yaml'), 'utf8'));
  const marked = of('Service').filter(isBalanced);
  expect(mesh).toEqual([
    {
      namespace: of('Namespace')[0]!.metadata.name,
      services: expect.arrayContaining(
        marked.map(({ metadata, spec }) => ({ name: metadata.name, port: spec?.ports?.[0]?.port })),
      ),
    },
  ]);
  expect(mesh[0].services).toHaveLength(marked.length);
  expect(of('Namespace').filter(isBalanced)).toHaveLength(1);
});

it('is the same shop in scenario.json: endpoints, workers, and speeds by the time that work takes', () => {
  const { services } = loadScenario(join(EXAMPLE, 'scenario.json'));
  for (const { name, endpoints } of services) {
    const pods = of('Deployment').filter(({ metadata }) => metadata.labels?.['app'] === name);
    const [first, ...others] = pods.map((one) => {
      const { MEAN_MS, WORKERS = '2' } = environment(template(one).spec.containers[0]!);
      return { count: one.spec?.replicas, workers: Number(WORKERS), meanMs: Number(MEAN_MS) };
    });
    const expected = [first!, ...others].map(({ count, workers, meanMs }) => ({
      ...{ count, workers, speed: expect.closeTo(first!.meanMs / meanMs, 2) },
    }));
    expect(endpoints).toMatchObject(expected);
  }
});

it.each(environments)('gives $NAME an environment that it starts with', async (env) => {
  const { stdout } = await service({ ...env, PORT: '0' });
  expect(stdout()).toContain(`${env.NAME} listens`);
});
