// A real Prometheus that scrapes what a test runs, every second.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startDaemon } from '../../../bench/cluster/daemon.js';
import { prometheus } from '../../../bench/cluster/tool-path.js';

export interface PrometheusOptions {
  /** Addresses `ip:port` by job. */
  readonly targets: Readonly<Record<string, readonly string[]>>;
  /** Path of the metrics of a job, `/metrics` where absent. */
  readonly paths?: Readonly<Record<string, string>>;
  /** Files of rules. */
  readonly rules?: readonly string[];
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Time in s, value. */
  readonly value: readonly [number, string];
}

export interface Prometheus {
  readonly url: string;
  readonly pid: number;
  readonly folder: string;
  /** Series that the query has now. @throws {Error} where Prometheus does not accept it */
  query(expression: string): Promise<readonly Series[]>;
  stop(): Promise<void>;
}

/** Resolves when it is ready; the first scrapes come within a second. */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const daemon = await startDaemon({
    path: prometheus(),
    ports: 1,
    prepare: async (folder, [port]) => {
      const file = join(folder, 'prometheus.yml');
      await writeFile(file, stringify(configuration(options)));
      const listen = `--web.listen-address=127.0.0.1:${port}`;
      return [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`, listen];
    },
    ready: async ([port]) => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok,
  });
  const url = `http://127.0.0.1:${daemon.ports[0]}`;
  return {
    url,
    pid: daemon.pid,
    folder: daemon.folder,
    query: (expression) => query(url, expression),
    stop: daemon.stop,
  };
}

async function query(url: string, expression: string): Promise<readonly Series[]> {
  const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expression }).toString()}`);
  const { error, data } = (await answer.json()) as { error?: string; data?: { result: Series[] } };
  if (data === undefined) throw new Error(`${expression}: ${error}`);
  return data.result;
}

function configuration({ targets, paths = {}, rules = [] }: PrometheusOptions): object {
  return {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: rules,
    scrape_configs: Object.entries(targets).map(([job, addresses]) => ({
      job_name: job,
      metrics_path: paths[job] ?? '/metrics',
      static_configs: [{ targets: addresses }],
    })),
  };
}
