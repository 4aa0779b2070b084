// What the workers of an Envoy say they decide with.
import type { ClientSidecar } from './client-sidecar.js';
import type { TestModel } from './configuration.js';

/** Gauges of the VMs that live, by place; one that ended shows 0. Beside the workers, Envoy's main thread has a VM. */
export async function workerGauges({ sidecar }: ClientSidecar): Promise<number[]> {
  const stats = await sidecar.stats('^wasmcustom\\.weir\\.worker\\.[0-9]+\\.model$');
  return [...stats.values()].filter((gauge) => gauge !== 0);
}

/** Whether every VM, those of `workers` workers and of the main thread, decides with this model. */
export async function allDecideWith(
  client: ClientSidecar,
  model: TestModel,
  workers: number,
): Promise<boolean> {
  const gauges = await workerGauges(client);
  return gauges.length === workers + 1 && gauges.every((gauge) => gauge === model.gauge);
}
