// The summary as a table of a terminal.
import Table from 'cli-table3';
import type { Comparison } from './comparison.js';
import { factsOf } from './facts.js';
import { summary } from './tables.js';

export function renderSummary(comparison: Comparison, machine: string): string {
  const { head, rows } = summary(comparison);
  const text = new Table({
    head: [...head],
    colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
    wordWrap: true,
  });
  for (const row of rows) text.push([...row]);
  return `${text.toString()}\n\n${factsOf(comparison, machine).join('\n')}`;
}
