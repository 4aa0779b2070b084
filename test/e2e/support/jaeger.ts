// A real Jaeger: takes spans by OTLP over HTTP, keeps them in memory, answers queries.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startDaemon } from '../../../bench/cluster/daemon.js';
import { jaeger } from '../../../bench/cluster/tool-path.js';

const MAX_TRACES = 50_000;

export interface Jaeger {
  /** Base of OTLP over HTTP: spans go to `/v1/traces` below it. */
  readonly otlpUrl: string;
  /** Base of the queries: `/api/services`, `/api/traces`, `/api/dependencies`. */
  readonly queryUrl: string;
  readonly pid: number;
  readonly folder: string;
  stop(): Promise<void>;
}

/** Resolves when it takes spans and answers. */
export async function startJaeger(): Promise<Jaeger> {
  const daemon = await startDaemon({
    path: jaeger(),
    ports: 3,
    prepare: async (folder, ports) => {
      const file = join(folder, 'config.yaml');
      await writeFile(file, stringify(configuration(ports.map((port) => `127.0.0.1:${port}`))));
      return ['--config', file];
    },
    ready: async ([otlp, query]) => {
      const taken = await fetch(`http://127.0.0.1:${otlp}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"resourceSpans":[]}',
      });
      return taken.ok && (await fetch(`http://127.0.0.1:${query}/api/services`)).ok;
    },
    // It would trace itself.
    env: { OTEL_TRACES_SAMPLER: 'always_off' },
  });
  const [otlp, query] = daemon.ports;
  return {
    otlpUrl: `http://127.0.0.1:${otlp}`,
    queryUrl: `http://127.0.0.1:${query}`,
    pid: daemon.pid,
    folder: daemon.folder,
    stop: daemon.stop,
  };
}

function configuration([otlp, http, grpc]: readonly string[]): object {
  return {
    service: {
      extensions: ['jaeger_storage', 'jaeger_query'],
      pipelines: {
        traces: { receivers: ['otlp'], processors: ['batch'], exporters: ['jaeger_storage_exporter'] },
      },
      telemetry: { logs: { level: 'warn' }, metrics: { level: 'none' } },
    },
    extensions: {
      jaeger_storage: { backends: { memory: { memory: { max_traces: MAX_TRACES } } } },
      jaeger_query: { storage: { traces: 'memory' }, http: { endpoint: http }, grpc: { endpoint: grpc } },
    },
    receivers: { otlp: { protocols: { http: { endpoint: otlp } } } },
    processors: { batch: { timeout: '100ms' } },
    exporters: { jaeger_storage_exporter: { trace_storage: 'memory' } },
  };
}
