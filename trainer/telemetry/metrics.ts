// The trainer's own metrics, for Prometheus. Label values are bounded in number: those past the bound share `other`.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { ForwardCounts, GraphCounts } from '../server/services.js';
import { VERSION } from '../server/version.js';
import type { Fleet } from './fleet.js';
import { addForwarded, addGraph } from './graph/graph-metrics.js';
import { ClusterMetrics } from './metrics/cluster-metrics.js';
import { renderFamilies } from './metrics/exposition.js';
import { fleetFamilies } from './metrics/fleet-metrics.js';
import { boundedLabels } from './metrics/labels.js';
import { addPods } from './metrics/pod-metrics.js';
import { addTrainer, type TrainerSources } from './metrics/trainer-metrics.js';
import type { PodSource } from './pods/pod-source.js';
import type { Report } from './report.js';

/** What became of a report; `refused`: it was none, or too large. */
export const VERDICTS = ['accepted', 'stale', 'full', 'refused'] as const;
export type ReportVerdict = (typeof VERDICTS)[number];

/** What became of spans; `refused` counts requests: they were no OTLP, or too large. */
export const SPAN_VERDICTS = ['accepted', 'dropped', 'refused'] as const;
export type SpanVerdict = (typeof SPAN_VERDICTS)[number];

/** What changes only when asked: read at every scrape. */
export interface MetricSources extends TrainerSources {
  readonly fleet: Fleet;
  /** Time in ms of a monotone clock. */
  readonly now: () => number;
  readonly listeners: () => number;
  readonly graph?: () => GraphCounts;
  readonly forwarded?: () => ForwardCounts;
  readonly pods?: PodSource;
}

export interface Metrics {
  readonly contentType: string;
  /** @param seconds that its answer took; absent where it got none */
  report(verdict: ReportVerdict, seconds?: number): void;
  /** Told each report that the fleet accepted. */
  accepted(report: Report): void;
  event(kind: string): void;
  spans(verdict: SpanVerdict, count: number): void;
  /** Prometheus text format. */
  render(): Promise<string>;
}

/** Kinds of events that alerts wait for: the first one is a step from 0, not a series that begins at 1. */
const ALERTED_EVENTS = ['rollout.publish-failed', 'rollout.rejected', 'rollout.rolled-back', 'rollout.stuck'];
/** From what a small report takes to what the p99 must stay below (50 ms), and above. */
const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5];

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const reports = new Counter({
    name: 'weir_reports_total',
    help: 'Reports by what became of them',
    labelNames: ['verdict'],
    registers,
  });
  // A rate needs a first value: an error that was never seen is 0, not absent.
  for (const verdict of VERDICTS) reports.inc({ verdict }, 0);
  const seconds = new Histogram({
    name: 'weir_report_seconds',
    help: 'From the last byte of a report, parsed, to its answer',
    buckets: SECONDS,
    registers,
  });
  const events = new Counter({
    name: 'weir_events_total',
    help: 'Events by kind; rollout.publish-failed are models that a target refused',
    labelNames: ['kind'],
    registers,
  });
  const spans = new Counter({
    name: 'weir_spans_total',
    help: 'Spans by what became of them; refused are requests',
    labelNames: ['verdict'],
    registers,
  });
  for (const verdict of SPAN_VERDICTS) spans.inc({ verdict }, 0);
  const kinds = boundedLabels();
  for (const kind of ALERTED_EVENTS) events.inc({ kind: kinds(kind) }, 0);
  const clusterLabels = boundedLabels();
  const clusters = new ClusterMetrics(clusterLabels);
  addFleet(sources, registers);
  addTrainer(sources, VERSION, registers);
  if (sources.graph !== undefined) addGraph(sources.graph, registers);
  if (sources.forwarded !== undefined) addForwarded(sources.forwarded, registers);
  if (sources.pods !== undefined) addPods(sources.pods, sources.now, registers);
  return {
    contentType: registry.contentType,
    report(verdict, took) {
      reports.inc({ verdict });
      if (took !== undefined) seconds.observe(took);
    },
    accepted: (report) => clusters.add(report),
    event(kind) {
      events.inc({ kind: kinds(kind) });
    },
    spans(verdict, count) {
      spans.inc({ verdict }, count);
    },
    async render() {
      const { fleet, now } = sources;
      const families = [...clusters.families(), ...fleetFamilies(fleet.view(now()).clusters, clusterLabels)];
      return `${await registry.metrics()}\n${renderFamilies(families)}`;
    },
  };
}

function addFleet({ fleet, now, listeners }: MetricSources, registers: Registry[]): void {
  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({ name, help, registers, collect() { this.set(value()); } }); // prettier-ignore
  };
  gauge('weir_proxies', 'Proxies that report', () => fleet.size(now()).proxies);
  gauge('weir_clusters', 'Clusters that proxies report', () => fleet.size(now()).clusters);
  gauge('weir_endpoints', 'Endpoints that proxies report', () => fleet.size(now()).endpoints);
  gauge(
    'weir_fleet_age_seconds',
    'Age of the oldest report in the view of the fleet',
    () => fleet.ageMs(now()) / 1000,
  );
  gauge(
    'weir_proxy_state_bytes',
    'Estimated size of what is kept of the last reports',
    () => fleet.size(now()).bytes,
  );
  gauge('weir_event_listeners', 'Open event streams', listeners);
}
