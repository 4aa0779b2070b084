// Stands in for the controller of namespaces, as far as deleting them goes.
import type { Clients } from './clients.js';

/** Empties those that are to go of what runs in them, and then lets them go. */
export async function namespaces({ core, apps, batch }: Clients): Promise<void> {
  const { items } = await core.listNamespace();
  for (const body of items.filter(({ metadata }) => metadata?.deletionTimestamp !== undefined)) {
    const namespace = body.metadata!.name!;
    await apps.deleteCollectionNamespacedDeployment({ namespace });
    await batch.deleteCollectionNamespacedJob({ namespace, propagationPolicy: 'Background' });
    const { items: pods } = await core.listNamespacedPod({ namespace });
    if (pods.length === 0)
      await core.replaceNamespaceFinalize({ name: namespace, body: { ...body, spec: { finalizers: [] } } });
  }
}
