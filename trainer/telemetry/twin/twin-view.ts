// What `/v1/twin` shows.
import type { Scenario } from '../../environment/schema.js';
import type { Confidence } from './confidence.js';
import type { EndpointFigures } from './prediction.js';
import type { TwinFault } from './calibrate.js';
import type { Skipped, Twin } from './twin.js';
import type { TwinError } from './twin-error.js';

export interface TwinView {
  readonly clusters: readonly TwinClusterView[];
  /** Clusters without a fresh twin, and why. */
  readonly skipped: readonly Skipped[];
}

export interface TwinClusterView {
  readonly cluster: string;
  readonly scenario: Scenario;
  /** Of the scenario's endpoints, in their order. */
  readonly addresses: readonly string[];
  readonly policy: string;
  /** Ms since the calibration. */
  readonly ageMs: number;
  /** Windows of a second that it is calibrated from. */
  readonly windows: number;
  readonly misfit: number;
  readonly confidence: readonly Confidence[];
  readonly faults: readonly TwinFault[];
  /** What is predicted of the time to come; empty while none is open. */
  readonly predictions: readonly EndpointFigures[];
  readonly errors: readonly TwinError[];
}

export function viewTwin(twin: Twin, now: number): TwinView {
  const predictions = twin.predictions();
  const errors = twin.errors();
  return {
    clusters: twin.list().map(({ replay: _, calibratedAt, ...shown }) => ({
      ...shown,
      ageMs: now - calibratedAt,
      predictions: predictions.find(({ cluster }) => cluster === shown.cluster)?.figures ?? [],
      errors: errors.filter(({ cluster }) => cluster === shown.cluster),
    })),
    skipped: twin.skipped,
  };
}
