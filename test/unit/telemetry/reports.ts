// Reports to build tests from.
import type { Answer } from '../../../trainer/telemetry/answer.js';
import type { Fleet } from '../../../trainer/telemetry/fleet.js';
import { reportSchema, type Report } from '../../../trainer/telemetry/report.js';

type Input = Record<string, unknown>;

/** A report with its defaults; `clusters` as `{ api: { '10.0.0.1:80': { requests: 3 } } }`. */
export function report(
  proxy: string,
  seq: number,
  clusters: Record<string, Record<string, Input>>,
  more: Input = {},
): Report {
  return reportSchema.parse(reportBody(proxy, seq, clusters, more));
}

export function reportBody(
  proxy: string,
  seq: number,
  clusters: Record<string, Record<string, Input>>,
  more: Input = {},
): Input {
  return {
    version: 1,
    proxy,
    seq,
    intervalMs: 1000,
    clusters: Object.entries(clusters).map(([name, endpoints]) => ({
      name,
      requests: Object.values(endpoints).reduce((sum, e) => sum + Number(e['requests'] ?? 0), 0),
      endpoints: Object.entries(endpoints).map(([address, e]) => ({
        address,
        requests: 0,
        inFlight: 0,
        ...e,
      })),
    })),
    ...more,
  };
}

export function answerOf(fleet: Fleet, asker: Report, now: number): Answer {
  return JSON.parse(fleet.answer(asker, now)) as Answer;
}
