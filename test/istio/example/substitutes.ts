// What of the walk-through cannot run here as it is written, and what runs in its place. All other lines run as they stand.
import { join } from 'node:path';
import { packageRoot } from '../../../trainer/cli/package-root.js';
import type { Cluster } from '../node/cluster.js';

export interface Substitute {
  readonly lines: RegExp;
  readonly why: string;
  /** Nothing, where it has none. */
  readonly instead?: (line: string, cluster: Cluster) => string;
}

const FILTER = `file://${join(packageRoot, 'build/plugin.wasm')}`;

export const SUBSTITUTES: readonly Substitute[] = [
  {
    lines: /^JOB=/,
    why: 'two minutes are long',
    instead: () => `JOB=$(${load({ SECONDS: 15 })})`,
  },
  { lines: /^docker /, why: "no container engine: the node runs what the Dockerfile's last stage copies" },
  { lines: /^skopeo copy /, why: 'no registry, and a plain Envoy could not ask it' },
  {
    lines: /^node bin\/weir\.mjs install /,
    why: 'the filter comes from a file',
    instead: (line) => line.replace(/plugin\.url=\S+/, `plugin.url=${FILTER}`),
  },
  { lines: / port-forward /, why: 'streams to a kubelet: pods are reached at their addresses' },
  {
    lines: /^curl http:\/\/127\.0\.0\.1:/,
    why: 'no port is forwarded',
    instead: (line, cluster) =>
      line.replace('127.0.0.1', addressOf(cluster, 'istio-system/istio-ingressgateway')),
  },
  {
    lines: / exec deployment\/weir-trainer -- node /,
    why: 'a stream to a kubelet: the command goes into the container by itself',
    instead: (line, cluster) => {
      const { pid } = cluster.pods('weir-system/weir-trainer')[0]!.container!;
      return line.replace(/^.* -- /, `nsenter --target ${pid} --mount --net --root --wd /nodejs/bin/`);
    },
  },
];

/** The load job with other values of its environment. */
export function load(values: Readonly<Record<string, number>>): string {
  const edits = Object.entries(values).map(
    ([name, value]) => `s/(name: ${name}, value:) '\\d+'/\\1 '${value}'/`,
  );
  const script = edits.join('; ').replaceAll('\\d', '[0-9]');
  return `sed --regexp-extended "${script}" deploy/example/load-job.yaml | kubectl create -f - -o name`;
}

/** Of the first pod whose namespace and name begin so. */
export const addressOf = (cluster: Cluster, pod: string): string => cluster.pods(pod)[0]!.network.address;
