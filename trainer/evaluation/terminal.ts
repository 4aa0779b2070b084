// Standings as tables of a terminal.
import Table from 'cli-table3';
import { milliseconds, percent, plural, ratio, whole } from './format.js';
import { marked, notes } from './notes.js';
import { KEY_LATENCIES, LATENCIES, LATENCY_NAMES, type Results } from './results.js';
import { standings, type Standing } from './standings.js';

/** More scenarios than this are shown as a whole only. */
const FEW_SCENARIOS = 4;

export function renderStandings(results: Results): string {
  const { scenarios, seeds, baseline } = results.plan;
  const each = scenarios.length <= FEW_SCENARIOS ? scenarios : [];
  const blocks = each.map(
    (scenario) =>
      `${scenario.name}: ${plural(seeds, 'seed')}\n${table(baseline, standings(results, [scenario]))}`,
  );
  if (scenarios.length > 1)
    blocks.push(
      `over ${scenarios.length} scenarios, ${plural(seeds, 'seed')} each\n${table(baseline, standings(results))}`,
    );
  return [...blocks, notes(results.plan).join('\n')].join('\n\n');
}

function table(baseline: string, rows: readonly Standing[]): string {
  const head = [
    'policy',
    ...LATENCIES.map((latency) => LATENCY_NAMES[latency]),
    'errors',
    'rps',
    ...KEY_LATENCIES.map((latency) => `${LATENCY_NAMES[latency]} / ${baseline}`),
  ];
  const text = new Table({
    head,
    colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) {
    text.push([
      marked(row.policy),
      ...LATENCIES.map((latency) => milliseconds(row.latencies[latency])),
      percent(row.errorShare),
      whole(row.throughputRps),
      ...KEY_LATENCIES.map((latency) => (row.isBaseline ? '1' : ratio(row.ratios[latency]))),
    ]);
  }
  return text.toString();
}
