// An Envoy that istiod configures: the sidecar or the gateway of a pod, as pilot-agent would start it.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Admin } from '../../trainer/mesh/envoy/admin.js';
import type { EnvoyBinary } from '../../trainer/mesh/envoy/binary.js';
import { residentBytes } from '../../trainer/mesh/envoy/memory.js';
import { startProcess } from '../../trainer/mesh/envoy/process.js';
import { guard } from '../../trainer/mesh/guard/guard.js';
import { eventually } from './eventually.js';

const START_MS = 60_000;
/** As in Istio; sidecars that share a network take any free one. */
const ADMIN_PORT = 15_000;

export interface ProxySpec {
  readonly kind: 'sidecar' | 'router';
  readonly pod: string;
  readonly namespace: string;
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly workers: number;
  /** Of the pod, where it has one of its own, whose traffic is redirected to the proxy as istio-init does it. */
  readonly network?: OwnNetwork;
  /** How long connections to a listener that is replaced may go on, s; Istio's default is 45. */
  readonly drainSeconds?: number;
}

export interface OwnNetwork {
  /** A process in it. */
  readonly pid: number;
  /** Where istiod is reached from within. */
  readonly node: string;
}

export interface Proxy {
  readonly pod: string;
  /** Resolves at its end, with why. */
  readonly ended: Promise<string>;
  stats(filter: string): Promise<Map<string, number>>;
  /** Of the admin interface, parsed: `/config_dump?..`. */
  admin(path: string): Promise<unknown>;
  log(): Promise<string>;
  residentBytes(): number;
  stop(): Promise<void>;
}

/** Resolves when it has its listeners from istiod. */
export async function startProxy(envoy: EnvoyBinary, xdsPort: number, spec: ProxySpec): Promise<Proxy> {
  const folder = await mkdtemp(join(tmpdir(), `weir-${spec.pod}-`));
  guard().folder(folder);
  const file = (name: string) => join(folder, name);
  await writeFile(file('bootstrap.json'), JSON.stringify(bootstrap(xdsPort, spec)));
  const { drainSeconds = 1, network } = spec;
  const [program, ...prefix] = network
    ? ['nsenter', '--net', '--target', String(network.pid), envoy.path]
    : [envoy.path];
  const process = startProcess(
    program,
    [
      ...prefix,
      ...['-c', file('bootstrap.json'), '--admin-address-path', file('admin')],
      ...['--concurrency', String(spec.workers), '--disable-hot-restart', '-l', 'warning'],
      ...['--component-log-level', 'wasm:info', '--drain-time-s', String(drainSeconds)],
      ...['--parent-shutdown-time-s', String(drainSeconds + 1)],
    ],
    file('log'),
  );
  const stop = async () => {
    await process.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const early = process.ended.then((reason) => Promise.reject(new Error(reason)));
    early.catch(() => undefined);
    const ready = eventually(
      async () => {
        const found = await Admin.fromFile(file('admin'));
        return found && (await found.ready()) ? found : undefined;
      },
      { timeoutMs: START_MS },
    );
    const admin = await Promise.race([ready, early]);
    const address = (await readFile(file('admin'), 'utf8')).trim();
    return {
      pod: spec.pod,
      ended: process.ended,
      stats: (filter) => admin.stats(filter),
      admin: async (path) => (await fetch(`http://${address}${path}`)).json(),
      log: () => readFile(file('log'), 'utf8'),
      residentBytes: () => residentBytes(process.pid),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What pilot-agent makes of a pod; INTERCEPTION_MODE NONE: without iptables the Sidecar resource says where to listen. */
function bootstrap(xdsPort: number, { kind, pod, namespace, address, labels, network }: ProxySpec): object {
  const ads = { ads: {}, initial_fetch_timeout: '0s', resource_api_version: 'V3' };
  const options = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
  return {
    node: {
      id: `${kind}~${address}~${pod}.${namespace}~${namespace}.svc.cluster.local`,
      cluster: `${labels['app'] ?? pod}.${namespace}`,
      metadata: {
        ...{ NAMESPACE: namespace, CLUSTER_ID: 'Kubernetes', MESH_ID: 'cluster.local', NAME: pod },
        ...{ ISTIO_VERSION: '1.31.0', INSTANCE_IPS: address, LABELS: labels },
        INTERCEPTION_MODE: network ? 'REDIRECT' : 'NONE',
      },
    },
    admin: network ? socket(address, ADMIN_PORT) : socket('127.0.0.1', 0),
    dynamic_resources: {
      ...{ lds_config: ads, cds_config: ads },
      ads_config: {
        ...{ api_type: 'GRPC', transport_api_version: 'V3', set_node_on_first_message_only: true },
        grpc_services: [{ envoy_grpc: { cluster_name: 'xds-grpc' } }],
      },
    },
    static_resources: {
      clusters: [
        {
          ...{ name: 'xds-grpc', type: 'STATIC', connect_timeout: '1s' },
          typed_extension_protocol_options: {
            [options]: {
              '@type': `type.googleapis.com/${options}`,
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
          load_assignment: {
            cluster_name: 'xds-grpc',
            endpoints: [{ lb_endpoints: [{ endpoint: socket(network?.node ?? '127.0.0.1', xdsPort) }] }],
          },
        },
      ],
    },
  };
}

function socket(address: string, port: number): object {
  return { address: { socket_address: { address, port_value: port } } };
}
