// What most tests of the filter start from: a cluster of four endpoints, a configuration, models, and reports read
// through the trainer's own schema.
import { encodeModel } from '../../../trainer/actor/model-file.js';
import { untrainedModel, type UntrainedOptions } from '../../../trainer/actor/untrained.js';
import { reportSchema, type Report, type ReportedEndpoint } from '../../../trainer/telemetry/report.js';
import { MockHost, type MockHostOptions } from './mock-host.js';
import type { MockHttpCall } from './mock-http-call.js';
import type { MockStream, RequestOptions } from './mock-stream.js';

export const API = 'api';
export const ADDRESSES = ['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80', '10.0.0.4:80'] as const;
export const [A, B, C, D] = ADDRESSES;

export type Config = Record<string, unknown>;

export function modelBase64(options: UntrainedOptions = {}): string {
  return Buffer.from(encodeModel(untrainedModel(options))).toString('base64');
}

/** A client of `api` with four endpoints, which reports every second. */
export function clientConfig(changes: Config = {}): Config {
  return {
    role: 'client',
    policy: 'random',
    endpoints: { [API]: ADDRESSES },
    report: { cluster: 'trainer' },
    ...changes,
  };
}

export function startClient(changes: Config = {}, options: Partial<MockHostOptions> = {}): Promise<MockHost> {
  return MockHost.start({ config: clientConfig(changes), ...options });
}

export interface Served extends RequestOptions {
  readonly headers?: Record<string, string>;
  readonly status?: number;
  readonly latencyMs?: number;
  /** Who serves it; the chosen endpoint when absent. */
  readonly upstream?: string;
  readonly responseHeaders?: Record<string, string>;
}

/** A request that ends with a response. */
export function serve(host: MockHost, served: Served = {}): MockStream {
  const { headers, status = 200, latencyMs = 1, responseHeaders = {}, ...options } = served;
  const stream = host.request(headers, { cluster: API, ...options });
  const upstream = served.upstream ?? stream.endpoints[0];
  host.advance(latencyMs);
  return stream
    .respond({ ':status': String(status), ...responseHeaders }, upstream === undefined ? {} : { upstream })
    .finish();
}

/** How often each endpoint was chosen over `requests`, each ended at once. */
export function choices(host: MockHost, requests: number, options: Served = {}): Map<string, number> {
  const counts = new Map<string, number>();
  for (let n = 0; n < requests; n++) {
    const [chosen = 'none'] = serve(host, { latencyMs: 0, ...options }).endpoints;
    counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
  }
  return counts;
}

export function reportCalls(host: MockHost): MockHttpCall[] {
  return host.httpCalls.filter(({ headers }) => headers[':path'] === '/v1/reports');
}

export const parseReport = (call: MockHttpCall): Report => reportSchema.parse(call.json());

/** Every report so far, which must be valid. */
export const reports = (host: MockHost): Report[] => reportCalls(host).map(parseReport);

/** Runs for `ms` with a trainer that answers every call at once with `{}`. */
export function runAnswered(host: MockHost, ms: number, answer: object = {}): void {
  for (let left = ms; left > 0; left -= 50) {
    host.advance(Math.min(50, left));
    for (const call of host.pendingCalls) call.answer(answer);
  }
}

/** The next report, answered with `{}`. */
export function nextReport(host: MockHost): Report {
  const before = reportCalls(host).length;
  for (let waited = 0; waited < 20_000; waited += 50) {
    const call = reportCalls(host)[before];
    if (call !== undefined) {
      call.answer({});
      return parseReport(call);
    }
    host.advance(50);
  }
  throw new Error('no report within 20 s');
}

export function endpointOf(report: Report, address: string, cluster = API): ReportedEndpoint {
  const found = report.clusters
    .find(({ name }) => name === cluster)
    ?.endpoints.find((endpoint) => endpoint.address === address);
  if (found === undefined) throw new Error(`no ${address} in the report`);
  return found;
}

export const clusterOf = (report: Report, name = API) =>
  report.clusters.find((cluster) => cluster.name === name);

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
