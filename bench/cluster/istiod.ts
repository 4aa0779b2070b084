// A real istiod on a Kubernetes API, and what stands in for the parts of a mesh that need nodes: certificates and injection.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiServer } from './api-server.js';
import { startDaemon, type Daemon } from './daemon.js';
import { toolPath } from './tool-path.js';

export interface Istiod {
  /** Plain xDS. */
  readonly xdsPort: number;
  readonly daemon: Daemon;
}

/** Sidecars here have no certificates, and Envoy's release lacks Istio's own filters; the rest is Istio's defaults. */
const ENVIRONMENT = {
  ...{ PILOT_ENABLE_ALPN_FILTER: 'false', PILOT_ENABLE_METADATA_EXCHANGE: 'false' },
  ...{ ENABLE_CA_SERVER: 'false', PILOT_ENABLE_GATEWAY_API: 'false', PILOT_ENABLE_IP_AUTOALLOCATE: 'false' },
  ...{ INJECTION_WEBHOOK_CONFIG_NAME: '', VALIDATION_WEBHOOK_CONFIG_NAME: '' },
  ...{ POD_NAME: 'istiod-0', POD_NAMESPACE: 'istio-system' },
};

const NO_MUTUAL_TLS = {
  apiVersion: 'security.istio.io/v1',
  kind: 'PeerAuthentication',
  metadata: { name: 'default', namespace: 'istio-system' },
  spec: { mtls: { mode: 'DISABLE' } },
};

/**
 * Installs Istio's CRDs as well. Resolves when istiod answers sidecars.
 * @param address where it listens for them; those in a network of their own need more than loopback
 */
export async function startIstiod(api: ApiServer, address = '127.0.0.1'): Promise<Istiod> {
  await api.kubectl(['apply', '--server-side', '-f', toolPath('istio-crds')]);
  await api.kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all']);
  await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'istio-system' } }, NO_MUTUAL_TLS);
  const daemon = await startDaemon({
    path: toolPath('pilot-discovery'),
    ports: 4,
    prepare: async (folder, [http, xds, monitoring, introspection]) => {
      const mesh = join(folder, 'mesh.yaml');
      // JSON, since Istio reads YAML 1.1, in which OFF is a boolean.
      await writeFile(mesh, JSON.stringify(meshConfig(xds!)));
      return [
        ...['discovery', `--kubeconfig=${api.kubeConfig}`, '--clusterID=Kubernetes', `--meshConfig=${mesh}`],
        ...['--networksConfig=/nonexistent', `--httpAddr=127.0.0.1:${http}`, '--httpsAddr='],
        ...[`--grpcAddr=${address}:${xds}`, '--secureGRPCAddr=', `--monitoringAddr=127.0.0.1:${monitoring}`],
        ...['--ctrlz_address=127.0.0.1', `--ctrlz_port=${introspection}`],
        '--keepaliveMaxServerConnectionAge=24h',
      ];
    },
    ready: async ([http]) => (await fetch(`http://127.0.0.1:${http}/ready`)).ok,
    env: ENVIRONMENT,
  });
  return { xdsPort: daemon.ports[1]!, daemon };
}

function meshConfig(xdsPort: number): object {
  return {
    ...{ trustDomain: 'cluster.local', rootNamespace: 'istio-system', accessLogFile: '' },
    ...{ enableAutoMtls: false, enableTracing: false, ingressControllerMode: 'OFF' },
    outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
    defaultConfig: { discoveryAddress: `127.0.0.1:${xdsPort}` },
  };
}
