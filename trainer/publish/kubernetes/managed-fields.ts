// Who owns a field of a resource, from its `metadata.managedFields`.
import type { Resource } from './resource-client.js';

/** Names of the managers of the field at `path`, or of something in it. */
export function ownersOf(resource: Resource, path: readonly string[]): string[] {
  const owners = (resource.metadata.managedFields ?? [])
    .filter(({ fieldsV1 }) => {
      let at = fieldsV1;
      for (const key of path) {
        if (typeof at !== 'object' || at === null) return false;
        at = (at as Record<string, unknown>)[`f:${key}`];
      }
      return at !== undefined;
    })
    .map(({ manager = 'unknown' }) => manager);
  return owners.length > 0 ? owners : ['unknown'];
}
