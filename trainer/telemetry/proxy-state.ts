// What is kept of a proxy's last report: enough to take its share out of the fleet's sums again.
import type { ClusterPart } from './fleet-clusters.js';
import { LONGEST_WAIT_INTERVAL_MS, SILENT_INTERVALS } from './limits.js';
import type { Report } from './report.js';

export interface ProxyState {
  readonly seq: number;
  readonly receivedAt: number;
  /** Up to when the proxy's reports stand for time that passed, whatever intervals they name. */
  readonly coveredTo: number;
  readonly intervalMs: number;
  readonly plugin: string;
  readonly policy: string;
  readonly mode: string;
  readonly workers: Report['workers'];
  readonly counters: Report['counters'];
  readonly bytes: number;
  readonly parts: readonly ClusterPart[];
}

export interface ProxySummary {
  readonly id: string;
  readonly seq: number;
  readonly lastReportAgeMs: number;
  readonly intervalMs: number;
  readonly plugin: string;
  readonly policy: string;
  readonly mode: string;
  readonly workers: Report['workers'];
  readonly counters: Report['counters'];
}

/**
 * How much of its interval a report may stand for. Late ones that come together have the time between them; what
 * is too much altogether has none. Nor has the first report of a proxy, or one could come and go and be new each time.
 */
export function coverage(
  last: ProxyState | undefined,
  intervalMs: number,
  now: number,
): { coveredMs: number; coveredTo: number } {
  const longest = Math.min(intervalMs, LONGEST_WAIT_INTERVAL_MS);
  const earliest = now - SILENT_INTERVALS * longest;
  const from = Math.max(earliest, last?.coveredTo ?? now);
  const coveredMs = Math.max(0, Math.min(intervalMs, now - from));
  return { coveredMs, coveredTo: from + coveredMs };
}

export function deadlineOf(state: ProxyState): number {
  return state.receivedAt + SILENT_INTERVALS * Math.min(state.intervalMs, LONGEST_WAIT_INTERVAL_MS);
}

export function summaryOf(id: string, state: ProxyState, now: number): ProxySummary {
  const { seq, receivedAt, intervalMs, plugin, policy, mode, workers, counters } = state;
  const lastReportAgeMs = Math.max(0, now - receivedAt);
  return { id, seq, lastReportAgeMs, intervalMs, plugin, policy, mode, workers, counters };
}

/** Rough size of a ProxyState on the heap: objects at their measured cost in V8, two bytes a character. */
export function bytesOf(report: Report): number {
  let bytes =
    500 + 2 * (report.proxy.length + report.plugin.length + report.policy.length + report.mode.length);
  for (const worker of report.workers) bytes += 80 + 2 * (worker.id.length + worker.model.length);
  for (const key of Object.keys(report.counters)) bytes += 40 + 2 * key.length;
  for (const { endpoints } of report.clusters) {
    bytes += 100;
    for (const { address, latency } of endpoints) bytes += 500 + 2 * address.length + 8 * latency.length;
  }
  return bytes;
}
