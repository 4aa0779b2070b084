// The plugin's configuration for the sidecars of a local mesh (docs/contracts.md).
import type { MeshEndpoint } from '../mesh/local-mesh.js';

/** A model as the plugin takes it. */
export interface NamedModel {
  /** 32 hex digits. */
  readonly id: string;
  readonly base64: string;
}

/** Envoy's cluster of the trainer, as the engines call it. */
const TRAINER_CLUSTER = 'weir-trainer';
const REPORT_MS = 1000;

/** Endpoints by service; the weight is the capacity, in slots of speed 1. */
export function endpointTables(
  endpoints: readonly MeshEndpoint[],
): Record<string, { address: string; weight: number }[]> {
  const tables: Record<string, { address: string; weight: number }[]> = {};
  for (const { service, address, speed, workers } of endpoints)
    (tables[service] ??= []).push({ address, weight: speed * workers });
  return tables;
}

export function clientConfiguration(
  policy: string,
  model: NamedModel | undefined,
  endpoints: readonly MeshEndpoint[],
): object {
  return {
    role: 'client',
    policy,
    ...(model ? { model: model.base64 } : {}),
    endpoints: endpointTables(endpoints),
    report: { cluster: TRAINER_CLUSTER, intervalMs: REPORT_MS },
  };
}

export const serverConfiguration = (): object => ({ role: 'server' });
