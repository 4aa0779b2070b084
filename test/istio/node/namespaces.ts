// Stands in for the controller of namespaces, as far as deleting them goes.
import type { Clients } from './clients.js';
import type { Snapshot } from './snapshot.js';

/** Empties those that are to go of what runs in them, and then lets them go. */
export async function namespaces({ core, apps, batch }: Clients, snapshot: Snapshot): Promise<void> {
  const leaving = snapshot.namespaces.filter(({ metadata }) => metadata?.deletionTimestamp !== undefined);
  for (const body of leaving) {
    const namespace = body.metadata!.name!;
    await apps.deleteCollectionNamespacedDeployment({ namespace });
    await batch.deleteCollectionNamespacedJob({ namespace, propagationPolicy: 'Background' });
    if (snapshot.pods.every(({ metadata }) => metadata?.namespace !== namespace))
      await core.replaceNamespaceFinalize({ name: namespace, body: { ...body, spec: { finalizers: [] } } });
  }
}
