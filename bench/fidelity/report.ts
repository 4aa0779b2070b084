// The comparison as text: for a terminal, and as a table for docs/benchmarks.md.
import { columns } from '../result.js';
import { FIGURES, latency, rank, ratio, type Cell, type Figure } from './compare.js';

const HEAD = ['scenario, policy', 'p50 real', 'sim', 'sim/real', 'p99 real', 'sim', 'sim/real'];

/** A row a cell. */
function rows(cells: readonly Cell[]): string[][] {
  return cells.map((cell) => [
    `${cell.scenario}, ${cell.policy}`,
    ...FIGURES.flatMap((figure) => [
      latency(cell[figure], 'real').toFixed(1),
      latency(cell[figure], 'simulated').toFixed(1),
      ratio(cell[figure]).toFixed(2),
    ]),
  ]);
}

export const cellTable = (cells: readonly Cell[]): string => columns([HEAD, ...rows(cells)]);

/** For docs/benchmarks.md. */
export function markdownTable(cells: readonly Cell[]): string {
  const rule = HEAD.map((_, i) => (i === 0 ? '---' : '---:'));
  return [HEAD, rule, ...rows(cells)].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** One line a scenario and figure, with both orders where they differ. */
export function rankingLines(cells: readonly Cell[], noise: Readonly<Record<Figure, number>>): string {
  const scenarios = [...new Set(cells.map((cell) => cell.scenario))];
  return scenarios
    .flatMap((scenario) => FIGURES.map((figure) => [scenario, figure] as const))
    .map(([scenario, figure]) => {
      const own = cells.filter((cell) => cell.scenario === scenario);
      const { real, simulated, tau, agrees } = rank(own, figure, noise[figure]);
      const verdict = agrees ? 'agree' : 'DISAGREE';
      const name = `${scenario}, ${figure.slice(0, 3)}: ${verdict}, tau ${tau.toFixed(2)}`;
      return `${name}\n  real       ${real}\n  simulated  ${simulated}`;
    })
    .join('\n');
}
