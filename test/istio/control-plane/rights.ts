// What the trainer's service account may do: hold its Lease, read and patch the one resource that it publishes to.
import { expect, it } from 'vitest';
import type { ApiServer } from '../../../bench/cluster/api-server.js';
import { NAMESPACE, TRAINER } from '../../../bench/cluster/mesh.js';
import type { Installed } from '../support/installed.js';

const MAY: readonly (readonly [verb: string, what: string, namespace: string])[] = [
  ['get', 'wasmplugins.extensions.istio.io/weir-client', NAMESPACE],
  ['patch', 'wasmplugins.extensions.istio.io/weir-client', NAMESPACE],
  ['patch', 'wasmplugins.extensions.istio.io/weir-client --subresource=status', NAMESPACE],
  ['create', 'events.events.k8s.io', NAMESPACE],
  ['get', `leases.coordination.k8s.io/${TRAINER.name}`, TRAINER.namespace],
  ['update', `leases.coordination.k8s.io/${TRAINER.name}`, TRAINER.namespace],
  ['create', 'leases.coordination.k8s.io', TRAINER.namespace],
];

const MAY_NOT: typeof MAY = [
  ['list', 'wasmplugins.extensions.istio.io', NAMESPACE],
  ['create', 'wasmplugins.extensions.istio.io', NAMESPACE],
  ['delete', 'wasmplugins.extensions.istio.io/weir-client', NAMESPACE],
  ['patch', 'wasmplugins.extensions.istio.io/weir-server', NAMESPACE],
  ['patch', 'wasmplugins.extensions.istio.io/weir-client', 'default'],
  ['patch', 'envoyfilters.networking.istio.io/weir', NAMESPACE],
  ['patch', 'virtualservices.networking.istio.io/gateway', NAMESPACE],
  ['update', 'leases.coordination.k8s.io/other', TRAINER.namespace],
  ['delete', `leases.coordination.k8s.io/${TRAINER.name}`, TRAINER.namespace],
  ['list', 'leases.coordination.k8s.io', TRAINER.namespace],
  ['create', 'leases.coordination.k8s.io', NAMESPACE],
  ['get', 'secrets', NAMESPACE],
  ['get', 'secrets', TRAINER.namespace],
  ['get', 'configmaps', TRAINER.namespace],
  ['create', 'pods', TRAINER.namespace],
  ['patch', `deployments.apps/${TRAINER.name}`, TRAINER.namespace],
  ['create', 'rolebindings.rbac.authorization.k8s.io', NAMESPACE],
  ['impersonate', 'users', NAMESPACE],
];

/** By the API server's own judgement of the token. */
async function can(api: ApiServer, kubeConfig: string, [verb, what, namespace]: (typeof MAY)[number]) {
  const asked = [
    'auth',
    'can-i',
    verb,
    ...what.split(' '),
    '--namespace',
    namespace,
    '--kubeconfig',
    kubeConfig,
  ];
  // It exits with 1 for a no.
  return api.kubectl(asked).then(
    (answer) => answer.trim() === 'yes',
    (error: unknown) => {
      if (/^kubectl [^:]*: (?:no|Warning)/m.test(String(error)) || /exit|Command failed/.test(String(error)))
        return false;
      throw error;
    },
  );
}

export function rights(installed: () => Installed): void {
  it('may hold its Lease, patch its own WasmPlugin, and nothing else', async () => {
    const { api } = installed().mesh;
    const kubeConfig = await api.kubeConfigOf(TRAINER.namespace, TRAINER.name);
    const allowed = await Promise.all(MAY.map((one) => can(api, kubeConfig, one)));
    expect(MAY.filter((_, i) => !allowed[i])).toEqual([]);
    const refused = await Promise.all(MAY_NOT.map((one) => can(api, kubeConfig, one)));
    expect(MAY_NOT.filter((_, i) => refused[i])).toEqual([]);
  }, 120_000);

  it('is refused by name where it tries all the same', async () => {
    const { api } = installed().mesh;
    const kubeConfig = await api.kubeConfigOf(TRAINER.namespace, TRAINER.name);
    const patch = ['patch', 'wasmplugin', 'weir-server', '--namespace', NAMESPACE, '--type=merge'];
    await expect(
      api.kubectl([...patch, '--patch', '{"spec":{"priority":9}}', '--kubeconfig', kubeConfig]),
    ).rejects.toThrow(/forbidden.*weir-trainer.*cannot (get|patch) resource "wasmplugins"/s);
  });
}
