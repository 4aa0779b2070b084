// deploy/envoy/sidecar.yaml says the same as the bootstrap that the mesh runs with. Envoy itself reads both.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bootstrap } from '../../../trainer/mesh/envoy/bootstrap.js';
import { startProcess } from '../../../trainer/mesh/envoy/process.js';
import { EnvoyFilePublisher } from '../../../trainer/publish/envoy-file.js';
import { describeWithEnvoy } from '../../e2e/support/envoy-suite.js';
import { eventually } from '../../e2e/support/eventually.js';

const EXAMPLE = resolve(import.meta.dirname, '../../../deploy/envoy/sidecar.yaml');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-example-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The example with what only a real deployment has replaced: its ports, its interface, its folder. */
async function example(): Promise<string> {
  return (await readFile(EXAMPLE, 'utf8'))
    .replace(/port_value: (15001|9901)/g, 'port_value: 0')
    .replace('address: 0.0.0.0, port_value: 15006', 'address: 127.0.0.1, port_value: 0')
    .replaceAll('/etc/weir', folder);
}

function rendered(): string {
  const files = {
    plugin: join(folder, 'plugin.wasm'),
    clientConfig: join(folder, 'client.json'),
    serverConfig: join(folder, 'server.json'),
    runDir: folder,
  };
  const endpoints = ['10.0.0.11:15006', '10.0.0.12:15006', '10.0.0.13:15006'];
  const outbound = [{ service: 'api', endpoints }];
  const spec = {
    id: 'api-0',
    workers: 2,
    appPort: 8080,
    outbound,
    trainerPort: 7070,
    balancing: 'weir',
    tracing: { service: 'api', sampledShare: 0.1 },
  } as const;
  return JSON.stringify(bootstrap(spec, files));
}

await describeWithEnvoy('1.40.0', (envoy) => {
  /** The bootstrap as Envoy understood it. */
  const understood = async (name: string, text: string): Promise<unknown> => {
    const config = join(folder, name);
    const admin = join(folder, `${name}.admin`);
    await writeFile(config, text);
    const args = ['-c', config, '--admin-address-path', admin, '--concurrency', '2', '--disable-hot-restart'];
    const process = startProcess(envoy.path, [...args, '-l', 'warning'], join(folder, `${name}.log`));
    try {
      const address = await eventually(() => readFile(admin, 'utf8'));
      const dump = await fetch(`http://${address}/config_dump?mask=bootstrap`);
      const { configs } = (await dump.json()) as {
        configs: { bootstrap: { node: Record<string, unknown> } }[];
      };
      const { node, ...rest } = configs[0]!.bootstrap;
      return { ...rest, admin: undefined, node: { id: node.id, cluster: node.cluster } };
    } finally {
      await process.stop();
    }
  };

  it('the example equals the rendered bootstrap', async () => {
    const plugin = join(folder, 'plugin.wasm');
    for (const role of ['client', 'server'] as const) {
      await new EnvoyFilePublisher({ path: join(folder, `${role}.json`), role, plugin }).publish({ role });
    }
    const ours = await understood('rendered.json', rendered());
    expect(ours).toHaveProperty('static_resources.clusters');
    expect(await understood('example.yaml', await example())).toEqual(ours);
  });
});
