// The plugin's configuration for the sidecars of a local mesh (docs/contracts.md).
import { USER_ID } from '../mesh/apps/headers.js';
import type { MeshEndpoint } from '../mesh/local-mesh.js';

/** A model as the plugin takes it. */
export interface NamedModel {
  /** 32 hex digits. */
  readonly id: string;
  readonly base64: string;
}

/** What the sidecars serve: a model, and another one on a share of the requests. */
export interface NamedServing {
  readonly current: NamedModel;
  readonly candidate?: { readonly model: NamedModel; readonly share: number };
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

/** @param traced whether the sidecars trace */
export function clientConfiguration(
  policy: string,
  serving: NamedServing | undefined,
  endpoints: readonly MeshEndpoint[],
  traced = false,
): object {
  return {
    role: 'client',
    policy,
    ...(serving ? { model: serving.current.base64 } : {}),
    ...(serving?.candidate
      ? { candidate: { model: serving.candidate.model.base64, share: serving.candidate.share } }
      : {}),
    endpoints: endpointTables(endpoints),
    report: { cluster: TRAINER_CLUSTER, intervalMs: REPORT_MS },
    ...(traced ? { tracing: { userHeader: USER_ID } } : {}),
  };
}

export const serverConfiguration = (): object => ({ role: 'server' });
