// Half an hour of a thousand sidecars in virtual time: what the fleet keeps must not grow.
import { Fleet } from '../../trainer/telemetry/fleet.js';
import { reportSchema } from '../../trainer/telemetry/report.js';
import { bodyOf, template } from './reports.js';

export interface Growth {
  /** Heap after each simulated minute, garbage collected where node runs with --expose-gc. */
  readonly heapMb: readonly number[];
  readonly cpuUsPerReport: number;
}

/** Each sidecar restarts now and then under a new name, and endpoints move, as pods do. */
export function simulate(minutes: number, proxies: number, endpoints: number): Growth {
  const fleet = new Fleet();
  const reports = Array.from({ length: proxies }, (_, i) =>
    reportSchema.parse(JSON.parse(bodyOf(template(`sidecar-${i}`, i, { endpoints, samples: 0 }), 0))),
  );
  const heapMb: number[] = [];
  const before = process.cpuUsage();
  for (let second = 0; second < minutes * 60; second++) {
    for (const [i, report] of reports.entries()) {
      const now = second * 1000 + (i * 1000) / proxies;
      const life = Math.floor((second + i) / 600);
      const [cluster] = report.clusters;
      const moved = cluster!.endpoints.map((endpoint) => ({
        ...endpoint,
        address: `${endpoint.address}-${life}`,
      }));
      const next = { ...report, seq: second, proxy: `${report.proxy}-${life}` };
      fleet.accept({ ...next, clusters: [{ ...cluster!, endpoints: moved }] }, now);
      fleet.answer(next, now);
    }
    if (second % 60 !== 59) continue;
    (globalThis as { gc?: () => void }).gc?.();
    heapMb.push(process.memoryUsage().heapUsed / 2 ** 20);
  }
  const { user, system } = process.cpuUsage(before);
  return { heapMb, cpuUsPerReport: (user + system) / (minutes * 60 * proxies) };
}
