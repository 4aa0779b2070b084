// The league: how every policy stands, over all scenarios and by family, as a page in Markdown.
import type { Scenario } from '../environment/scenario.js';
import { milliseconds, percent, plural, points, ratio } from './format.js';
import { markdownTable } from './markdown-table.js';
import { ORACLE_NOTE } from './notes.js';
import { KEY_LATENCIES, LATENCY_NAMES, type Latency, type Results } from './results.js';
import { standings, type Standing } from './standings.js';

export interface LeagueOptions {
  /** What a scenario is counted with, such as its family or its folder. */
  readonly familyOf: (scenario: Scenario) => string;
  readonly command: string;
  readonly machine: string;
  /** Further lines of the header. */
  readonly remarks?: readonly string[];
}

const COLUMNS: readonly Latency[] = ['meanMs', 'p50Ms', 'p99Ms', 'p999Ms'];

export function renderLeague(results: Results, options: LeagueOptions): string {
  const { scenarios } = results.plan;
  const blocks = [...families(scenarios, options.familyOf)].map(([family, its]) =>
    block(results, family, its),
  );
  return [header(results, options), block(results, 'All scenarios', scenarios), ...blocks].join('\n');
}

function families(scenarios: readonly Scenario[], familyOf: (of: Scenario) => string) {
  const all = new Map<string, Scenario[]>();
  for (const scenario of scenarios) {
    const family = familyOf(scenario);
    all.set(family, [...(all.get(family) ?? []), scenario]);
  }
  return all;
}

function header({ plan }: Results, { command, machine, remarks = [] }: LeagueOptions): string {
  const { scenarios, policies, seeds, baseline } = plan;
  const facts = [
    `${plural(scenarios.length, 'scenario')}, ${policies.length} policies, ${plural(seeds, 'seed')} of each; ${machine}.`,
    'Latencies are geometric means in ms, of answered requests and of those that timed out. `errors` is the share of requests that failed.',
    `Ratios to ${baseline} are geometric means over pairs of runs on the same requests; below 1 is faster. Errors are compared by their difference, in percentage points.`,
    "Intervals are 95%, Student's t over scenarios, the seeds of each averaged; where a block has one scenario, over its seeds.",
    ...remarks,
  ];
  return `# League of policies

Written by this command, do not edit:

\`\`\`sh
${command}
\`\`\`

${facts.map((fact) => `- ${fact}\n`).join('')}`;
}

function block(results: Results, name: string, scenarios: readonly Scenario[]): string {
  const { baseline } = results.plan;
  const best = (a: Standing, b: Standing) => order(a.latencies.meanMs) - order(b.latencies.meanMs);
  const rows = standings(results, scenarios).sort(best);
  const proxies = rows.filter((row) => !row.isOracle);
  const oracles = rows.filter((row) => row.isOracle);
  const parts = [`## ${name} (${plural(scenarios.length, 'scenario')})\n`];
  if (proxies.length > 0) parts.push(table(baseline, 'policy', proxies));
  if (oracles.length > 0) parts.push(`${ORACLE_NOTE}\n`, table(baseline, 'oracle', oracles));
  return parts.join('\n');
}

/** A policy without a figure goes last. */
const order = (value: number): number => (Number.isFinite(value) ? value : Number.MAX_VALUE);

function table(baseline: string, kind: string, rows: readonly Standing[]): string {
  const head = [
    kind,
    ...COLUMNS.map((latency) => LATENCY_NAMES[latency]),
    'errors',
    ...KEY_LATENCIES.map((latency) => `${LATENCY_NAMES[latency]} / ${baseline}`),
    `errors - ${baseline}`,
  ];
  const cells = rows.map((row) => [
    row.policy,
    ...COLUMNS.map((latency) => milliseconds(row.latencies[latency])),
    percent(row.errorShare),
    ...KEY_LATENCIES.map((latency) => (row.isBaseline ? '1' : ratio(row.ratios[latency]))),
    row.isBaseline ? '0' : points(row.errorsMore),
  ]);
  return markdownTable(head, cells);
}
