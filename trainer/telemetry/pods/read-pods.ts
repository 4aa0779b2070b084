// What the API server says of the pods of a namespace: they themselves, and what the metrics API measured of them.
import { ApiException, type KubeConfig, type PodMetric } from '@kubernetes/client-node';
import { apiErrorText } from '../../publish/kubernetes/api-error.js';
import { getJson } from '../../publish/kubernetes/get-json.js';
import type { Pod } from './pod-use.js';

export interface ReadPods {
  readonly metrics: readonly PodMetric[];
  readonly pods: readonly Pod[];
}

const TIMEOUT_MS = 10_000;
/** Running ones, as the API server last saw them: no read of its storage. */
const LISTED = 'fieldSelector=status.phase%3DRunning&resourceVersion=0';

/** @param namespace '' = all @throws {Error} that says what was not answered, where and what to do */
export async function readPods(
  config: KubeConfig,
  namespace: string,
  signal: AbortSignal,
): Promise<ReadPods> {
  const scope = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const where = namespace === '' ? 'all namespaces' : `namespace ${namespace}`;
  const list = <Item>(path: string, what: string) => readList<Item>(config, path, what, signal);
  const [metrics, pods] = await Promise.allSettled([
    list<PodMetric>(`/apis/metrics.k8s.io/v1beta1${scope}/pods`, `pods.metrics.k8s.io of ${where}`),
    list<Pod>(`/api/v1${scope}/pods?${LISTED}`, `pods of ${where}`),
  ]);
  // In this order, whichever failed first: what is wrong is told by what it says.
  const failed = [metrics, pods].flatMap((one) =>
    one.status === 'rejected' ? [(one.reason as Error).message] : [],
  );
  if (metrics.status === 'rejected' || pods.status === 'rejected') throw new Error(failed.join('; '));
  return { metrics: metrics.value, pods: pods.value };
}

async function readList<Item>(
  config: KubeConfig,
  path: string,
  what: string,
  signal: AbortSignal,
): Promise<readonly Item[]> {
  try {
    const list = (await getJson(config, path, { timeoutMs: TIMEOUT_MS, signal })) as {
      items?: Item[];
    } | null;
    if (Array.isArray(list?.items)) return list.items;
    throw new Error('the answer is no list');
  } catch (error) {
    throw new Error(`${what}: ${apiErrorText(error)}${hintOf(error, what)}`, { cause: error });
  }
}

function hintOf(error: unknown, what: string): string {
  if (!(error instanceof ApiException)) return '';
  if (error.code === 403) return `: let the trainer's service account list ${what}, as weir install does`;
  if (!what.startsWith('pods.metrics')) return '';
  if (error.code === 404) return ': install metrics-server, or leave resources.kubernetes out';
  return error.code === 503 ? ': see kubectl get apiservice v1beta1.metrics.k8s.io' : '';
}
