// The tables in Markdown, between marks of a page that is otherwise written by hand.
import { markdownTable } from '../evaluation/markdown-table.js';
import type { Comparison } from './comparison.js';
import { factsOf } from './facts.js';
import type { Section } from './sections.js';
import { summary, type Table } from './tables.js';

export const BEGIN = '<!-- comparison: written by `weir compare --markdown` -->';
export const END = '<!-- /comparison -->';

export const hasMarks = (text: string): boolean =>
  text.includes(BEGIN) && text.indexOf(END) > text.indexOf(BEGIN);

/** `page` with what stands between its marks replaced; a page without any text is the marks and what is between. */
export function withResults(page: string, results: string): string {
  if (page.trim() === '') return `${BEGIN}\n\n${results}\n${END}\n`;
  if (!hasMarks(page)) throw new Error(`expected ${BEGIN} .. ${END}`);
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  return `${page.slice(0, begin)}${BEGIN}\n\n${results}\n${page.slice(end)}`;
}

export function renderMarkdown(
  comparison: Comparison,
  sections: readonly Section[],
  { command, machine }: { readonly command: string; readonly machine: string },
): string {
  const facts = factsOf(comparison, machine).map((fact) => `- ${fact}\n`);
  return [
    `\`\`\`sh\n${command}\n\`\`\`\n`,
    facts.join(''),
    table(summary(comparison)),
    ...sections.flatMap(({ heading, tables }) => [`### ${heading}, in numbers\n`, ...tables.map(table)]),
  ].join('\n');
}

const table = ({ caption, head, rows }: Table): string => `${caption}:\n\n${markdownTable(head, rows)}`;
