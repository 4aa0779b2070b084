// The trainer's own metrics, for Prometheus. Label values are bounded in number: those past the bound share `other`.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { ForwardCounts, GraphCounts } from '../server/services.js';
import type { Fleet } from './fleet.js';
import { addForwarded, addGraph } from './graph/graph-metrics.js';

/** What became of a report; `refused`: it was none, or too large. */
export const VERDICTS = ['accepted', 'stale', 'full', 'refused'] as const;
export type ReportVerdict = (typeof VERDICTS)[number];

/** What became of spans; `refused` counts requests: they were no OTLP, or too large. */
export const SPAN_VERDICTS = ['accepted', 'dropped', 'refused'] as const;
export type SpanVerdict = (typeof SPAN_VERDICTS)[number];

/** What changes only when asked: read at every scrape. */
export interface MetricSources {
  readonly fleet: Fleet;
  /** Time in ms of a monotone clock. */
  readonly now: () => number;
  readonly listeners: () => number;
  readonly graph?: () => GraphCounts;
  readonly forwarded?: () => ForwardCounts;
  /** Measured over predicted less one, by what the twin predicts. */
  readonly twinErrors?: () => Readonly<Record<string, number>>;
  /** Undefined where another trainer leads. */
  readonly rolloutStage?: () => Promise<string | undefined>;
  /** Models in the registry by status. */
  readonly models?: () => Promise<Readonly<Record<string, number>>>;
}

export interface Metrics {
  readonly contentType: string;
  /** @param seconds that its answer took; absent where it got none */
  report(verdict: ReportVerdict, seconds?: number): void;
  event(kind: string): void;
  spans(verdict: SpanVerdict, count: number): void;
  /** Prometheus text format. */
  render(): Promise<string>;
}

const MAX_LABEL_VALUES = 50;
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
  const kinds = labels();
  addFleet(sources, registers);
  addServices(sources, registers);
  if (sources.graph !== undefined) addGraph(sources.graph, registers);
  if (sources.forwarded !== undefined) addForwarded(sources.forwarded, registers);
  return {
    contentType: registry.contentType,
    report(verdict, took) {
      reports.inc({ verdict });
      if (took !== undefined) seconds.observe(took);
    },
    event(kind) {
      events.inc({ kind: kinds(kind) });
    },
    spans(verdict, count) {
      spans.inc({ verdict }, count);
    },
    render: () => registry.metrics(),
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

function addServices({ twinErrors, rolloutStage, models }: MetricSources, registers: Registry[]): void {
  if (twinErrors !== undefined) {
    byLabel('weir_twin_error', "Relative error of the twin's predictions", 'figure', twinErrors, registers);
  }
  if (rolloutStage !== undefined) {
    const stage = async (): Promise<Values> => {
      const current = await rolloutStage();
      return current === undefined ? {} : { [current]: 1 };
    };
    byLabel('weir_rollout_stage', '1 for the stage that the rollout is in', 'stage', stage, registers);
  }
  if (models !== undefined) {
    byLabel('weir_models', 'Models in the registry by status', 'status', models, registers);
  }
}

type Values = Readonly<Record<string, number>>;

function byLabel(
  name: string,
  help: string,
  label: string,
  values: () => Values | Promise<Values>,
  registers: Registry[],
): void {
  new Gauge({
    name,
    help,
    labelNames: [label],
    registers,
    async collect() {
      const current = Object.entries(await values()).slice(0, MAX_LABEL_VALUES);
      this.reset();
      for (const [key, value] of current) this.set({ [label]: key }, value);
    },
  });
}

/** The first values by their name, all others as one. */
function labels(): (value: string) => string {
  const seen = new Set<string>();
  return (value) => {
    if (seen.size < MAX_LABEL_VALUES) seen.add(value);
    return seen.has(value) ? value : 'other';
  };
}
