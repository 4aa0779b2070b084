// The real programs beside Envoy that tests run against.
export { chromium, jaeger, prometheus, promtool } from '../../../bench/cluster/tool-path.js';
export { startJaeger, type Jaeger } from './jaeger.js';
export { startPrometheus, type Prometheus, type PrometheusOptions } from './prometheus.js';
