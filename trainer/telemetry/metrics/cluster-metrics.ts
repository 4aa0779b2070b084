// What all reports add up to, by cluster, since the trainer started: counters that only grow, whoever comes and goes.
import type { Report, ReportedCluster } from '../report.js';
import { BINS, edgeOf, middleOf } from '../sketch.js';
import type { Family, Sample } from './exposition.js';

/** Of the sketch's bins, so that no latency changes its place: every half octave from 0.5 ms to 32 s. */
const BUCKETS: readonly { readonly below: number; readonly le: string }[] = Array.from(
  { length: 33 },
  (_, i) => 24 + 4 * i,
).map((bin) => ({ below: bin, le: String(Number((edgeOf(bin) / 1000).toPrecision(6))) }));

class Totals {
  requests = 0;
  errors = 0;
  fallback = 0;
  servedNotChosen = 0;
  /** Latencies by bin. */
  readonly bins = new Float64Array(BINS);

  add(cluster: ReportedCluster): void {
    this.requests += cluster.requests;
    this.fallback += cluster.fallback;
    this.servedNotChosen += cluster.servedNotChosen;
    for (const { errors, latency } of cluster.endpoints) {
      if (errors !== undefined) this.errors += errors.connect + errors.timeout + errors.http5xx;
      for (const [bin, count] of latency) this.bins[bin]! += count;
    }
  }
}

export class ClusterMetrics {
  readonly #clusters = new Map<string, Totals>();

  /** @param label under which a cluster is counted */
  constructor(private readonly label: (cluster: string) => string) {}

  /** @param report that the fleet accepted, so that none counts twice */
  add(report: Report): void {
    for (const cluster of report.clusters) this.#totals(this.label(cluster.name)).add(cluster);
  }

  families(): Family[] {
    return [
      this.#counter('requests', 'Requests by cluster', (totals) => totals.requests),
      this.#counter('errors', 'Failures by cluster', (totals) => totals.errors),
      this.#counter('fallback', "Requests left to Envoy's own balancing", (totals) => totals.fallback),
      this.#counter(
        'served_not_chosen',
        'Requests served by another endpoint than the chosen one',
        (totals) => totals.servedNotChosen,
      ),
      {
        name: 'weir_cluster_latency_seconds',
        help: 'Latency as the sidecars of the callers see it',
        type: 'histogram',
        samples: [...this.#clusters].flatMap(([cluster, { bins }]) => histogram(cluster, bins)),
      },
    ];
  }

  #totals(label: string): Totals {
    const known = this.#clusters.get(label);
    if (known !== undefined) return known;
    const totals = new Totals();
    this.#clusters.set(label, totals);
    return totals;
  }

  #counter(what: string, help: string, value: (totals: Totals) => number): Family {
    const samples = [...this.#clusters].map(([cluster, of]) => ({ labels: { cluster }, value: value(of) }));
    return { name: `weir_cluster_${what}_total`, help, type: 'counter', samples };
  }
}

function histogram(cluster: string, bins: Float64Array): Sample[] {
  let [count, sum, bin] = [0, 0, 0];
  const countTo = (end: number): number => {
    for (; bin < end; bin++) {
      count += bins[bin]!;
      sum += bins[bin]! * middleOf(bin);
    }
    return count;
  };
  const buckets = BUCKETS.map(({ below, le }) => bucket(cluster, le, countTo(below)));
  const all = countTo(bins.length);
  return [
    ...buckets,
    bucket(cluster, '+Inf', all),
    { suffix: '_sum', labels: { cluster }, value: sum / 1000 },
    { suffix: '_count', labels: { cluster }, value: all },
  ];
}

function bucket(cluster: string, le: string, value: number): Sample {
  return { suffix: '_bucket', labels: { cluster, le }, value };
}
