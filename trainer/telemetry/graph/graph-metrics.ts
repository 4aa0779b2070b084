// What becomes of spans, for Prometheus.
import { Counter, Gauge, type Registry } from 'prom-client';
import type { ForwardCounts, GraphCounts } from '../../server/services.js';

export function addGraph(counts: () => GraphCounts, registers: Registry[]): void {
  const gauge = (name: string, help: string, value: (of: GraphCounts) => number): void => {
    new Gauge({ name, help, registers, collect() { this.set(value(counts())); } }); // prettier-ignore
  };
  // What is counted elsewhere is set, not added.
  const counter = (name: string, help: string, value: (of: GraphCounts) => number): void => {
    new Counter({
      ...{ name, help, registers },
      collect() {
        this.reset();
        this.inc(value(counts()));
      },
    });
  };
  gauge('weir_graph_open_spans', 'Spans of traces that are not whole yet', (of) => of.openSpans);
  gauge('weir_graph_kept_spans', 'Spans of the traces that are kept to be looked at', (of) => of.keptSpans);
  counter('weir_graph_traces_total', 'Traces that were counted', (of) => of.traces);
  counter('weir_graph_dropped_spans_total', 'Spans that there was no room for', (of) => of.droppedSpans);
  counter(
    'weir_graph_refused_calls_total',
    'Calls not counted, since their service, endpoint or path was one too many',
    (of) => of.refusedCalls,
  );
}

export function addForwarded(counts: () => ForwardCounts, registers: Registry[]): void {
  new Counter({
    name: 'weir_spans_forwarded_total',
    help: 'Spans that were to be passed on, by what became of them',
    labelNames: ['verdict'],
    registers,
    collect() {
      const { sent, dropped } = counts();
      this.reset();
      this.inc({ verdict: 'sent' }, sent);
      this.inc({ verdict: 'dropped' }, dropped);
    },
  });
}
