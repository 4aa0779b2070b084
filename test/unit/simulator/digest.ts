// All that a mesh says of itself, bit by bit.
import { createHash } from 'node:crypto';
import type { Simulator } from '../../../trainer/environment/simulator.js';
import { ofEndpoints } from './support.js';

const FIGURES = [
  'now',
  'from',
  'to',
  'latencySum',
  'latencySquares',
  'arrived',
  'ended',
  'sojournSum',
  'inSystemArea',
  'jobsInUse',
  'probes',
  'cpuSpread',
  'memorySpread',
  'moves',
  'answered',
  'failed',
  'overflow',
  'unreachable',
  'broken',
  'timeout',
] as const;
const SERVER_FIGURES = ['requests', 'busyArea', 'jobsArea', 'inFlight'] as const;

export function figures(mesh: Simulator): number[] {
  const ofServers = mesh.scenario.services.flatMap((_, service) =>
    SERVER_FIGURES.flatMap((figure) => ofEndpoints(mesh, figure, service)),
  );
  return [...FIGURES.map((figure) => mesh.figure(figure)), ...ofServers, ...mesh.histogram().counts];
}

/**
 * Of the numbers that WebAssembly computed alone: a quantile takes a power in Node, whose last bit is not the same in
 * every version.
 */
export function digest(mesh: Simulator): string {
  const bytes = new Uint8Array(new Float64Array(figures(mesh)).buffer);
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}
