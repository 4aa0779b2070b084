import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EnvoyFilePublisher } from '../../../trainer/publish/envoy-file.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-publish-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const publisher = (): EnvoyFilePublisher =>
  new EnvoyFilePublisher({ path: join(folder, 'client.json'), role: 'client', plugin: '/opt/plugin.wasm' });

interface Answer {
  version_info: string;
  resources: {
    name: string;
    typed_config: { config: { root_id: string; vm_config: object; configuration: { value: string } } };
  }[];
}
const published = async (): Promise<Answer> =>
  JSON.parse(await readFile(join(folder, 'client.json'), 'utf8')) as Answer;

it('names the resource and the root context after the role', async () => {
  await publisher().publish({ role: 'client' });
  const [resource] = (await published()).resources;
  expect(resource?.name).toBe('weir_client');
  expect(resource?.typed_config.config.root_id).toBe('weir_client');
});

it('carries the plugin configuration as JSON text', async () => {
  await publisher().publish({ role: 'client', note: 'quotes " and \u00fcml\u00e4ute' });
  const value = (await published()).resources[0]?.typed_config.config.configuration.value ?? '';
  expect(JSON.parse(value)).toEqual({ role: 'client', note: 'quotes " and \u00fcml\u00e4ute' });
});

it('ends with the last of many calls, and leaves no temporary file', async () => {
  const one = publisher();
  await Promise.all(Array.from({ length: 20 }, (_, n) => one.publish({ n })));
  const { version_info: version, resources } = await published();
  expect(version).toBe('20');
  expect(resources[0]?.typed_config.config.configuration.value).toBe('{"n":19}');
  expect(await readdir(folder)).toEqual(['client.json']);
});

it('goes on counting where an earlier process stopped', async () => {
  await publisher().publish({});
  await publisher().publish({});
  expect((await published()).version_info).toBe('2');
});

it('fails when the folder is not there, and works again when it is', async () => {
  const one = publisher();
  await rm(folder, { recursive: true });
  await expect(one.publish({})).rejects.toThrow('ENOENT');
  await mkdir(folder);
  await one.publish({ n: 1 });
  expect((await published()).resources[0]?.typed_config.config.configuration.value).toBe('{"n":1}');
});

it('names a configuration of the VM only where there is one', async () => {
  await publisher().publish({});
  const vm = async () => (await published()).resources[0]?.typed_config.config.vm_config;
  expect(await vm()).not.toHaveProperty('configuration');
  const path = join(folder, 'client.json');
  await new EnvoyFilePublisher({ path, role: 'client', plugin: '/x.wasm', vmConfiguration: '2' }).publish({});
  expect(await vm()).toMatchObject({ vm_id: 'weir', configuration: { value: '2' } });
});
