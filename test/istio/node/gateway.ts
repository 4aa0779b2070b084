// Istio's ingress gateway, as its chart installs it: what the example takes as there.
import { PROXY } from './pods.js';

const metadata = { name: 'istio-ingressgateway', namespace: 'istio-system' };
const labels = { app: 'istio-ingressgateway', istio: 'ingressgateway' };

export const GATEWAY: readonly object[] = [
  {
    ...{ apiVersion: 'v1', kind: 'Service', metadata },
    spec: { selector: labels, ports: [{ name: 'http2', port: 80, targetPort: 8080 }] },
  },
  {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: PROXY, image: 'istio/proxyv2', args: ['proxy', 'router'] }] },
      },
    },
  },
];
