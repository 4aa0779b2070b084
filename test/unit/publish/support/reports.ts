// Reports of one proxy about one cluster.
import { reportSchema, type Report } from '../../../../trainer/telemetry/report.js';

export function report(seq: number, endpoints: readonly object[], proxy = 'proxy'): Report {
  const requests = endpoints.length;
  const rows = endpoints.map((endpoint) => ({ inFlight: 1, ...endpoint }));
  const clusters = [{ name: 'outbound|8080||shop', requests, endpoints: rows }];
  return reportSchema.parse({ version: 1, proxy, seq, intervalMs: 1000, clusters });
}
