import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootstrap } from '../../../trainer/mesh/envoy/bootstrap.js';
import { ENVOY_POLICIES, type SidecarSpec } from '../../../trainer/mesh/engine.js';
import { EnvoyFilePublisher } from '../../../trainer/publish/envoy-file.js';
import { describeWithEnvoy, ENVOY_VERSIONS } from '../../e2e/support/envoy-suite.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-bootstrap-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const files = (): Parameters<typeof bootstrap>[1] => ({
  plugin: join(folder, 'plugin.wasm'),
  clientConfig: join(folder, 'client.json'),
  serverConfig: join(folder, 'server.json'),
  runDir: folder,
});
const spec = (more: Partial<SidecarSpec> = {}): SidecarSpec => ({
  id: 'api-0',
  workers: 2,
  appPort: 9000,
  outbound: [
    { service: 'db', endpoints: ['127.0.0.1:9001', '127.0.0.1:9002'] },
    { service: 'outbound|8080||api.default.svc.cluster.local', endpoints: ['127.0.0.1:9003', '[::1]:9004'] },
  ],
  trainerPort: 7070,
  balancing: 'weir',
  ...more,
});
const text = (more?: Partial<SidecarSpec>): string => JSON.stringify(bootstrap(spec(more), files()));

describe('the bootstrap of a sidecar', () => {
  it('has the filter in front of every service and of the application, one role each', () => {
    expect(text().match(/"name":"weir_client","config_discovery"/g)).toHaveLength(2);
    expect(text().match(/"name":"weir_server","config_discovery"/g)).toHaveLength(1);
  });

  it('of a pure client has no listener and no cluster for an application', () => {
    const client: { appPort?: number } = spec();
    delete client.appPort;
    expect(JSON.stringify(bootstrap(client as SidecarSpec, files()))).not.toContain('inbound');
  });

  it.each(ENVOY_POLICIES)('with %s runs neither the filter nor override_host', (balancing) => {
    const config = text({ balancing });
    expect(config).toContain(`"envoy.load_balancing_policies.${balancing}"`);
    expect(config).not.toMatch(/weir_client|weir_server|override_host|x-weir/);
  });

  it('sets no time limit where the callers give up by themselves', () => {
    expect(text().match(/"timeout":"15s"/g)).toHaveLength(2);
    expect(text({ callersTimeOut: true })).not.toContain('"timeout":"15s"');
  });

  it('traces nothing unless told to', () => {
    expect(text()).not.toMatch(/opentelemetry|traffic_direction|random_sampling/);
  });

  it('traces calls in both directions, by the name of the service and of the sidecar', () => {
    const traced = text({ tracing: { service: 'api', sampledShare: 0.25 } });
    expect(traced.match(/"random_sampling":{"value":25}/g)).toHaveLength(3);
    expect(traced.match(/"traffic_direction":"OUTBOUND"/g)).toHaveLength(2);
    expect(traced.match(/"traffic_direction":"INBOUND"/g)).toHaveLength(1);
    expect(traced).toContain('"service_name":"api"');
    expect(traced).toContain('"attributes":{"service.instance.id":"api-0"}');
  });

  it('splits addresses of both families', () => {
    expect(text()).toContain('{"address":"::1","port_value":9004}');
  });
});

for (const version of ENVOY_VERSIONS) {
  await describeWithEnvoy(version, (envoy) => {
    it.each(['weir', ...ENVOY_POLICIES] as const)('takes the bootstrap with %s', async (balancing) => {
      const { plugin, clientConfig: path, serverConfig } = files();
      // Envoy looks whether the watched files are there, not yet what is in them.
      await new EnvoyFilePublisher({ path, role: 'client', plugin }).publish({ role: 'client' });
      await new EnvoyFilePublisher({ path: serverConfig, role: 'server', plugin }).publish({
        role: 'server',
      });
      const config = join(folder, `${version}-${balancing}.json`);
      const traced = spec({ balancing, tracing: { service: 'api', sampledShare: 1 } });
      await writeFile(config, JSON.stringify(bootstrap(traced, files(), version)));
      const { stdout, stderr } = await promisify(execFile)(envoy.path, ['--mode', 'validate', '-c', config]);
      expect(stdout + stderr).toContain('OK');
      // A field on its way out would be gone in the next version.
      expect(stdout + stderr).not.toMatch(/deprecated/i);
    });
  });
}
