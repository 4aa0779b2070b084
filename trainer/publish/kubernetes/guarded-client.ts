// A resource client that asks before each write whether it may still write. A publisher that is tried again for as long as
// it takes, or that reads anew what others changed, may have slept in between, and another trainer may publish by now.
import type { ResourceClient } from './resource-client.js';

/** @param mayWrite rejects where it may not */
export function guardedClient(client: ResourceClient, mayWrite: () => Promise<void>): ResourceClient {
  const guarded = async <T>(write: () => Promise<T>): Promise<T> => {
    await mayWrite();
    return write();
  };
  return {
    read: (...call) => client.read(...call),
    apply: (...call) => guarded(() => client.apply(...call)),
    patch: (...call) => guarded(() => client.patch(...call)),
    patchStatus: (...call) => guarded(() => client.patchStatus(...call)),
    createEvent: (...call) => guarded(() => client.createEvent(...call)),
  };
}
