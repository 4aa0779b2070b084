// All that `weir compare` writes, as texts.
import { drawSvg } from '../evaluation/report/vega.js';
import type { Comparison } from './comparison.js';
import { lightColours, namedLooks } from './looks.js';
import { renderMarkdown, withResults } from './markdown.js';
import { renderComparison } from './page.js';
import { throughputSeries } from './panels.js';
import { comparisonRecord, type ComparisonRecord } from './record.js';
import { sectionsOf } from './sections.js';
import { standalone } from './svg-file.js';

export interface Outputs {
  readonly record: ComparisonRecord;
  /** Where it is wanted. */
  readonly html: string | undefined;
  /** By file name; empty where none are wanted. */
  readonly figures: ReadonlyMap<string, string>;
  /** A page with the tables between its marks. */
  readonly markdown: (page: string) => string;
}

export async function render(
  comparison: Comparison,
  facts: { readonly command: string; readonly machine: string },
  wanted: { readonly html: boolean; readonly figures: boolean },
): Promise<Outputs> {
  const sections = sectionsOf(comparison);
  const colours = lightColours(namedLooks(comparison));
  const figures = new Map<string, string>();
  if (wanted.figures)
    for (const { file, heading, spec } of sections)
      figures.set(file, standalone(await drawSvg(spec), heading, colours));
  return {
    record: comparisonRecord(comparison, throughputSeries(comparison), facts),
    html: wanted.html ? await renderComparison(comparison, sections, facts) : undefined,
    figures,
    markdown: (page) => withResults(page, renderMarkdown(comparison, sections, facts)),
  };
}
