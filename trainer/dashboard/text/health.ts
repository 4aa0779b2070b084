// From where on a service counts as troubled: the drawing, the tables and their words agree.
import type { GraphView } from '../../telemetry/graph/graph-view.js';

/** Shares of failed calls. */
export const BAD_SHARE = 0.05;
export const WARN_SHARE = 0.005;

/** Services with an endpoint that is slower than its siblings. */
export const slowServices = ({ bottlenecks }: Pick<GraphView, 'bottlenecks'>): ReadonlySet<string> =>
  new Set(bottlenecks.flatMap(({ service, endpoint }) => (endpoint === undefined ? [] : [service])));
