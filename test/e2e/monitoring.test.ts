// The dashboard and the rules that ship, against a real Prometheus that scrapes a real trainer and real Envoys.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { describeWithEnvoy, ENVOY_VERSIONS } from './support/envoy-suite.js';
import { eventually } from './support/eventually.js';
import { startPrometheus, type Prometheus } from './support/tools.js';
import { startUp, type RunningUp } from './support/up.js';

const DEPLOY = join(import.meta.dirname, '../../deploy');
const RULES = ['weir.recording.yml', 'weir.alerts.yml'].map((name) => join(DEPLOY, 'prometheus', name));

/** What has nothing to show in a mesh that is well, and why. */
const MAY_BE_EMPTY = [
  ['weir_spans_forwarded_total', 'nothing is passed on unless it is said where to'],
  ['weir_twin_error', 'a twin is held against what follows for a minute and more'],
  ['weir_endpoint_memory', 'the applications of the local mesh do not tell of theirs'],
] as const;

/** What other work on this machine alone can bring about; none of these fires before minutes are over. */
const OF_A_BUSY_MACHINE = [
  ...['WeirAnswersSlow', 'WeirEventLoopLag', 'WeirClusterSlow', 'WeirClusterErrors', 'WeirRolloutLong'],
  ...['WeirSpansDropped', 'WeirTwinError'],
];

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string }[];
}

interface Dashboard {
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
  readonly panels: readonly Panel[];
}

const dashboard = JSON.parse(readFileSync(join(DEPLOY, 'grafana/weir.json'), 'utf8')) as Dashboard;
const panels = dashboard.panels.filter(({ type }) => type !== 'row');
/** With what Grafana puts in place of its variables. */
const queries = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({
    title,
    query: expr.replaceAll('$cluster', '.*').replaceAll('$__rate_interval', '1m'),
  })),
);
const reason = (query: string) => MAY_BE_EMPTY.find(([metric]) => query.includes(metric))?.[1];

it('has panels, each with a query, and no variable that is not there', () => {
  expect(panels.length).toBeGreaterThan(20);
  for (const { title, targets = [] } of panels) expect([title, targets.length > 0]).toEqual([title, true]);
  for (const { query } of queries) expect(query).not.toContain('$');
});

await describeWithEnvoy(ENVOY_VERSIONS[0], () => {
  let up: RunningUp;
  let prometheus: Prometheus;
  beforeAll(async () => {
    up = await startUp('--learn', '--engine', 'envoy');
    prometheus = await startPrometheus({
      targets: { 'weir-trainer': [up.trainer], 'weir-envoy': [...up.envoys.values()] },
      paths: { 'weir-envoy': '/stats/prometheus' },
      rules: RULES,
    });
  }, 150_000);
  afterAll(async () => {
    await prometheus.stop();
    await up.stop();
  });

  it('answers every query of the dashboard', async () => {
    for (const { title, query } of queries) {
      if (reason(query) === undefined)
        await eventually(async () => (await prometheus.query(query)).length > 0, { timeoutMs: 40_000 }).catch(
          (cause: unknown) => {
            throw new Error(`${title}: ${query} has no series`, { cause });
          },
        );
      else await prometheus.query(query);
    }
  }, 120_000);

  it('counts in the trainer what the Envoys count', async () => {
    const one = async (query: string) => Number((await prometheus.query(query))[0]?.value[1]);
    const enough = async () => (await one('sum(weir_cluster_requests_total{cluster="api"})')) > 500;
    await eventually(enough, { timeoutMs: 30_000 });
    // A report comes every second, a scrape too: the trainer may be two of them behind, or ahead.
    const ratio = await one('sum(weir_cluster_requests_total{cluster="api"}) / sum(weir_requests)');
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(1.5);
    const p99 = await one('weir:cluster_latency_p99_seconds:rate5m{cluster="api"}');
    expect(p99).toBeGreaterThan(0.01);
    expect(p99).toBeLessThan(30);
    expect(await prometheus.query('weir_endpoint_weight{cluster="api"}')).toHaveLength(6);
  }, 60_000);

  it('has every metric in the docs', async () => {
    const docs = readFileSync(join(DEPLOY, '../docs/monitoring.md'), 'utf8');
    const response = await fetch(`${prometheus.url}/api/v1/label/__name__/values`);
    const { data } = (await response.json()) as { data: string[] };
    // One an endpoint, with its address in the name.
    const own = data.filter((name) => /^weir_(?!chosen_|weight_)/.test(name));
    const names = own.map((name) => name.replace(/_(bucket|sum|count)$/, '').replace(/_\d+_/, '_N_'));
    expect(names).toContain('weir_decision_ns');
    expect(names).toContain('weir_leading');
    expect(names.filter((name) => !docs.includes(`\`${name}\``))).toEqual([]);
  });

  it('evaluates every rule without an error, and finds a mesh that is well, well', async () => {
    const answer = await eventually(async () => {
      const response = await fetch(`${prometheus.url}/api/v1/rules`);
      const { data } = (await response.json()) as { data: { groups: Group[] } };
      const rules = data.groups.flatMap((group) => group.rules);
      return rules.length > 0 && rules.every(({ health }) => health !== 'unknown') ? rules : undefined;
    });
    const known = RULES.flatMap((file) => {
      const { groups } = parse(readFileSync(file, 'utf8')) as { groups: { rules: object[] }[] };
      return groups.flatMap(({ rules }) => rules);
    });
    expect(answer).toHaveLength(known.length);
    expect(answer.filter(({ health }) => health !== 'ok')).toEqual([]);
    await eventually(async () => {
      const pending = await prometheus.query('ALERTS');
      return pending.every(({ metric }) => OF_A_BUSY_MACHINE.includes(metric['alertname'] ?? ''));
    });
  });
});

interface Group {
  readonly rules: readonly { readonly name: string; readonly health: string; readonly state?: string }[];
}
