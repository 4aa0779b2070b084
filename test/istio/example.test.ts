// deploy/example at a real API server, with Istio's resources: what kubectl builds of it is accepted as it stands.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApiServer, type ApiServer } from '../../bench/cluster/api-server.js';
import { toolPath } from '../../bench/cluster/tool-path.js';
import { EXAMPLE, documents, type Manifest } from '../unit/example/manifests.js';

let api: ApiServer;
let built: readonly Manifest[];
beforeAll(async () => {
  api = await startApiServer();
  await api.kubectl(['apply', '--server-side', '-f', toolPath('istio-crds')]);
  await api.kubectl(['wait', '--for=condition=Established', 'crd', '--all']);
  built = documents(await api.kubectl(['kustomize', EXAMPLE]));
  await api.apply(...built.filter(({ kind }) => kind === 'Namespace'));
});
afterAll(() => api?.stop());

/** Names, as `kind/name`, of what the server would make. @throws {Error} on what it refuses, unknown fields too */
async function dryRun(command: readonly string[], manifests: readonly object[]): Promise<readonly string[]> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
  const options = ['--dry-run=server', '--validate=strict', '--output=name', '-f', '-'];
  return (await api.kubectl([...command, ...options], input)).trim().split('\n');
}

it('is accepted as a whole', async () => {
  const names = await dryRun(['apply', '--server-side'], built);
  expect(names).toHaveLength(built.length);
  expect(names).toEqual(
    expect.arrayContaining([
      ...['namespace/bookinfo', 'service/reviews', 'serviceaccount/reviews', 'deployment.apps/reviews-v3'],
      ...['gateway.networking.istio.io/bookinfo', 'virtualservice.networking.istio.io/bookinfo'],
    ]),
  );
  await expect(dryRun(['create'], [{ ...built[0], speck: {} }])).rejects.toThrow('unknown field "speck"');
});

it('gives its pods the files of the app, by the names that they mount', () => {
  const text = JSON.stringify(built.filter(({ kind }) => kind === 'Deployment'));
  const [app, load] = built.filter(({ kind }) => kind === 'ConfigMap') as (Manifest & { data: object })[];
  expect(app?.data).toEqual({ 'server.mjs': readFileSync(join(EXAMPLE, 'app/server.mjs'), 'utf8') });
  expect(text.split(`"configMap":{"name":"${app?.metadata.name}"}`)).toHaveLength(7);
  expect(load).toMatchObject({ metadata: { name: 'load' } });
});

it('has pods that the strictest of the pod security standards lets in', async () => {
  const name = 'restricted';
  const labels = { 'pod-security.kubernetes.io/enforce': name };
  await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  const job = documents(readFileSync(join(EXAMPLE, 'load-job.yaml'), 'utf8'));
  const pods = [...built, ...job].flatMap(({ spec }, at) =>
    spec?.template
      ? [
          {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: { name: `pod-${at}`, namespace: name },
            spec: spec.template.spec,
          },
        ]
      : [],
  );
  expect(await dryRun(['create'], pods)).toHaveLength(7);
});

it('has a job for the load that can be made again and again', async () => {
  const job = documents(readFileSync(join(EXAMPLE, 'load-job.yaml'), 'utf8'));
  const made = await dryRun(['create'], [...job, ...job]);
  for (const name of made) expect(name).toMatch(/^job\.batch\/load-\w+$/);
  expect(new Set(made).size).toBe(2);
});
