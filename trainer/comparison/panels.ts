// What the figure of throughput shows, a panel a cell: the classic techniques, and the first algorithm's learned actor.
import { cellsOf, type Level, type Pattern } from './cells.js';
import { learned, techniques, type Comparison, type Contender } from './comparison.js';
import { CLASSIC } from './plan.js';
import { commonEnd, throughput, type ThroughputPoint } from './throughput.js';

export interface ThroughputSeries {
  readonly level: Level;
  readonly pattern: Pattern;
  readonly scenario: string;
  /** Of the technique, or of the algorithm. */
  readonly name: string;
  readonly points: readonly ThroughputPoint[];
}

/** In the order of the legend. */
export function balancers(comparison: Comparison): Contender[] {
  const classic: readonly string[] = CLASSIC;
  const shown = techniques(comparison).filter(({ name }) => classic.includes(name));
  return [...shown, learned(comparison)[0]!];
}

/** A cell with several scenarios shows its first one: their times differ. */
export function throughputSeries(comparison: Comparison): ThroughputSeries[] {
  const all = balancers(comparison);
  return cellsOf(comparison.plan.scenarios).flatMap(({ level, pattern, scenarios }) => {
    const place = scenarios[0]!;
    const end = commonEnd(all, place);
    const scenario = comparison.plan.scenarios[place]!.name;
    return all.map(({ name, runs }) => ({
      level,
      pattern,
      scenario,
      name,
      points: throughput(
        runs[place]!.map(({ windows }) => windows),
        end,
      ),
    }));
  });
}
