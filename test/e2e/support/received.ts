// What a sidecar reported, added up.
import { reportSchema, type Report } from '../../../trainer/telemetry/report.js';
import type { FakeTrainer } from './fake-trainer.js';

export interface Totals {
  requests: number;
  fallback: number;
  servedNotChosen: number;
  /** Over the endpoints. */
  chosen: number;
  served: number;
  errors: number;
  /** Samples in the endpoints' latency histograms. */
  latencies: number;
  /** Requests and errors per model. */
  modelRequests: number;
  modelErrors: number;
}

/** The reports so far, each checked against the trainer's own schema. */
export function reportsOf(trainer: FakeTrainer, from = 0): Report[] {
  return trainer.reports.slice(from).map((report) => reportSchema.parse(report.json));
}

export function totals(reports: readonly Report[]): Totals {
  const sum: Totals = {
    ...{ requests: 0, fallback: 0, servedNotChosen: 0, chosen: 0, served: 0 },
    ...{ errors: 0, latencies: 0, modelRequests: 0, modelErrors: 0 },
  };
  const samples = (bins: readonly (readonly [number, number])[]): number =>
    bins.reduce((all, [, count]) => all + count, 0);
  for (const { clusters, models } of reports) {
    for (const cluster of clusters) {
      sum.requests += cluster.requests;
      sum.fallback += cluster.fallback;
      sum.servedNotChosen += cluster.servedNotChosen;
      for (const { chosen, served, errors, latency } of cluster.endpoints) {
        sum.chosen += chosen;
        sum.served += served;
        sum.errors += (errors?.connect ?? 0) + (errors?.timeout ?? 0) + (errors?.http5xx ?? 0);
        sum.latencies += samples(latency);
      }
    }
    for (const model of models) {
      sum.modelRequests += model.requests;
      sum.modelErrors += model.errors;
    }
  }
  return sum;
}

/** Requests in flight over all endpoints, by the last report. */
export function lastInFlight(trainer: FakeTrainer): number | undefined {
  const last = reportsOf(trainer).at(-1);
  return last?.clusters
    .flatMap(({ endpoints }) => endpoints)
    .reduce((sum, { inFlight }) => sum + inFlight, 0);
}
