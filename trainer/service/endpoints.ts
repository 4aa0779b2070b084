// Where the endpoint tables of `weir serve` come from, by its configuration.
import { loadKubeConfig } from '../publish/kubernetes/kube-config.js';
import { fileSource } from '../telemetry/endpoint-source-file.js';
import { kubernetesSource } from '../telemetry/endpoint-source-kubernetes.js';
import { mergeSources, type EndpointSource } from '../telemetry/endpoint-source.js';
import { present } from '../telemetry/endpoint-view.js';
import type { EventSink } from '../telemetry/event.js';
import type { ServeOptions } from './options.js';

/**
 * @param kubeConfigFile way to the API server; absent = the pod's, else kubectl's
 * @throws {Error} that names file and field, where the table's file is wrong from the start
 */
export async function endpointSource(
  { file, kubernetes }: ServeOptions['endpoints'],
  events: EventSink,
  kubeConfigFile: string | undefined,
): Promise<EndpointSource> {
  const sources: EndpointSource[] = [];
  if (file !== undefined) sources.push(fileSource({ path: file, events }));
  if (kubernetes) {
    const { cluster, namespace, labelSelector } = kubernetes;
    sources.push(
      await kubernetesSource({
        ...{ config: loadKubeConfig(kubeConfigFile), cluster, events },
        ...present('namespace', namespace),
        ...present('labelSelector', labelSelector),
      }),
    );
  }
  return mergeSources(sources);
}
