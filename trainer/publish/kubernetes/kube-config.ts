// Which API server to speak to, and as whom.
import { existsSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * From `file`; else from the service account where this runs in a pod; else kubectl's default, `$KUBECONFIG` or
 * `~/.kube/config`. In a pod that default would do the same only where neither of the two is there.
 * @throws {Error} when there is none, or none with a current context
 */
export function loadKubeConfig(file?: string, environment: NodeJS.ProcessEnv = process.env): KubeConfig {
  const config = new KubeConfig();
  try {
    if (file !== undefined) config.loadFromFile(file);
    else if (environment['KUBERNETES_SERVICE_HOST'] && existsSync(SERVICE_ACCOUNT)) config.loadFromCluster();
    else config.loadFromDefault();
  } catch (error) {
    throw new Error(`${file ?? 'default kubeconfig'}: ${(error as Error).message}`, { cause: error });
  }
  if (config.getCurrentCluster() === null)
    throw new Error(`${file ?? 'default kubeconfig'}: no cluster in its current context`);
  return config;
}
