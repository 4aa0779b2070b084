// Takes the sidecar's reports, to see which models it says it decided with, and answers nothing new.
import { close, listen, portOf, type ListenPlace } from './upstreams.js';

export interface ReportSink {
  readonly port: number;
  readonly reports: number;
  /** Ids of the models that decided at least one request. */
  readonly models: ReadonlySet<string>;
  stop(): Promise<void>;
}

interface ReportedModels {
  readonly models?: readonly { readonly id: string; readonly requests: number }[];
}

/** On a free port of loopback, or at `place`. */
export async function startSink(place?: ListenPlace): Promise<ReportSink> {
  const models = new Set<string>();
  let reports = 0;
  const server = await listen((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      reports++;
      const report = JSON.parse(Buffer.concat(chunks).toString('utf8')) as ReportedModels;
      for (const { id, requests } of report.models ?? []) if (requests > 0) models.add(id);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ nextMs: 1000, proxies: 1, clusters: [] }));
    });
  }, place);
  return {
    port: portOf(server),
    get reports() {
      return reports;
    },
    models,
    stop: () => close(server),
  };
}
