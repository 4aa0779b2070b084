// The registry's answers as tables of a terminal.
import Table from 'cli-table3';
import { milliseconds } from '../evaluation/format.js';
import type { ModelDiff, Pair } from '../rollout/registry/diff.js';
import type { Entry } from '../rollout/registry/entry.js';

export function renderEntries(models: readonly (Entry & { readonly inUse: boolean })[]): string {
  if (models.length === 0) return 'no models';
  const rows = models.map((model) => [
    model.id,
    model.parent?.slice(0, 8) ?? '-',
    model.createdAt.replace('T', ' ').slice(0, 19),
    model.createdBy,
    model.stages.at(-1)?.stage ?? '-',
    [model.inUse ? 'in use' : '', model.pinned ? 'pinned' : ''].filter(Boolean).join(', '),
    model.source,
  ]);
  return table(['model', 'parent', 'added (UTC)', 'by', 'stage', 'kept', 'source'], rows);
}

export function renderDiff(diff: ModelDiff): string {
  const facts = [
    ['id', diff.id],
    ['shape', diff.shape],
    ['temperature', diff.temperature],
    ['algorithm', diff.algorithm],
    ...Object.entries(diff.hyperparameters),
  ] as const;
  const blocks = [
    table(
      ['', 'a', 'b'],
      facts.map(([name, pair]) => [name, text(pair.a), text(pair.b)]),
    ),
  ];
  if (diff.evaluation.length > 0) {
    const rows = diff.evaluation.map(({ scenario, policy, seed, meanMs, p99Ms }) => [
      `${scenario}, ${policy}, seed ${seed}`,
      ...sides(meanMs),
      ...sides(p99Ms),
    ]);
    blocks.push(table(['evaluation', 'mean a', 'mean b', 'b / a', 'p99 a', 'p99 b', 'b / a'], rows));
  }
  const { weightDistance: distance } = diff;
  const layers = Object.entries(distance ?? {}).map(([layer, value]) => `${layer} ${value.toPrecision(3)}`);
  blocks.push(`weight distance: ${distance === null ? 'shapes differ' : layers.join(', ')}`);
  return blocks.join('\n\n');
}

function sides({ a, b }: Pair<number>): string[] {
  const ratio = a !== null && b !== null && a > 0 ? (b / a).toFixed(3) : '-';
  return [a, b].map((value) => (value === null ? '-' : milliseconds(value))).concat(ratio);
}

const text = (value: string | number | boolean | null) => (value === null ? '-' : String(value));

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const made = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
  for (const row of rows) made.push([...row]);
  return made.toString();
}
