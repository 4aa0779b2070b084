// A pod as the Kubernetes API knows it, running and ready, and the Sidecar resource that its proxy needs without iptables.
// Stands in for kubelet, scheduler and the controllers of EndpointSlices: there are no containers here.
import type { ApiServer } from './api-server.js';
import { egressAddress, podAddress } from './network.js';

export interface PodSpec {
  readonly namespace: string;
  readonly name: string;
  /** Of the address: the n-th. */
  readonly number: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Where the service is reached at the pod's address, and where the application listens on loopback. */
  readonly inbound?: { readonly port: number; readonly appPort: number };
  /** Ports of services that its application calls. */
  readonly outbound: readonly number[];
}

export async function createPod(api: ApiServer, pod: PodSpec): Promise<void> {
  const { namespace, name, labels, inbound } = pod;
  const metadata = { name, namespace, labels };
  const ports = inbound ? [{ name: 'http', containerPort: inbound.port }] : [];
  const address = podAddress(pod.number);
  const spec = { nodeName: 'here', containers: [{ name: 'app', image: 'none', ports }] };
  const status = {
    ...{ phase: 'Running', podIP: address, podIPs: [{ ip: address }] },
    conditions: [{ type: 'Ready', status: 'True' }],
  };
  await api.apply({ apiVersion: 'v1', kind: 'Pod', metadata, spec }, sidecarOf(pod));
  const path = ['patch', 'pod', name, '--namespace', namespace, '--subresource=status', '--type=merge'];
  await api.kubectl([...path, '--patch', JSON.stringify({ status })]);
}

function sidecarOf({ namespace, name, labels, number, inbound, outbound }: PodSpec): object {
  const ingress = inbound
    ? {
        ingress: [
          {
            port: { number: inbound.port, name: 'http', protocol: 'HTTP' },
            ...{ bind: podAddress(number), captureMode: 'NONE' },
            defaultEndpoint: `127.0.0.1:${inbound.appPort}`,
          },
        ],
      }
    : {};
  const egress = outbound.map((port) => ({
    port: { number: port, name: `http-${port}`, protocol: 'HTTP' },
    ...{ bind: egressAddress(number), captureMode: 'NONE', hosts: ['*/*'] },
  }));
  return {
    ...{ apiVersion: 'networking.istio.io/v1', kind: 'Sidecar', metadata: { name, namespace } },
    spec: { workloadSelector: { labels: { pod: labels['pod'] ?? name } }, ...ingress, egress },
  };
}

/** The Service and where its pods are. */
export function service(
  place: { readonly namespace: string; readonly name: string },
  port: number,
  targetPort: number,
  addresses: readonly string[],
): object[] {
  return [
    {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: place },
      spec: { selector: { app: place.name }, ports: [{ name: 'http', port, targetPort }] },
    },
    endpointSlice(place, targetPort, addresses),
  ];
}

export function endpointSlice(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  port: number,
  addresses: readonly string[],
): object {
  return {
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
    metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
    ports: [{ name: 'http', port, protocol: 'TCP' }],
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
  };
}
