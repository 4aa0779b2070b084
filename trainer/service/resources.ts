// Where `weir serve` learns the cpu and memory of pods, by its configuration.
import { loadKubeConfig } from '../publish/kubernetes/kube-config.js';
import { present } from '../telemetry/endpoint-view.js';
import { kubernetesPods, type KubernetesPodsOptions } from '../telemetry/pods/pod-source-kubernetes.js';
import type { PodSource } from '../telemetry/pods/pod-source.js';
import type { ServeOptions } from './options.js';

/**
 * @param kubeConfigFile way to the API server; absent = the pod's, else kubectl's
 * @throws {Error} where there is no way to an API server
 */
export function podSource(
  { kubernetes }: ServeOptions['resources'],
  options: Pick<KubernetesPodsOptions, 'events' | 'now' | 'wallNow'>,
  kubeConfigFile: string | undefined,
): PodSource | undefined {
  if (kubernetes === undefined) return undefined;
  const { namespaces, everySeconds } = kubernetes;
  const config = loadKubeConfig(kubeConfigFile);
  return kubernetesPods({
    ...options,
    ...{ config, everyMs: everySeconds * 1000 },
    ...present('namespaces', namespaces),
  });
}
