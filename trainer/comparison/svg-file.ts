// A figure as a file of its own: without the page's style sheet it needs its colours, its ground and its name itself.
import { html, type Html } from '../evaluation/report/html.js';

const INK = '#1d2127';
const GROUND = '#ffffff';
/** Where a variable has no value. */
const OTHER = '#757b85';

/** @param svg as drawSvg gives it; @param colours by the name of the variable */
export function standalone(svg: Html, title: string, colours: ReadonlyMap<string, string>): string {
  const coloured = svg.text
    .replaceAll(/var\((--[\w-]+)\)/g, (_, name: string) => colours.get(name) ?? OTHER)
    .replaceAll('currentColor', INK);
  const head = html`<title>${title}</title> <rect width="100%" height="100%" fill="${GROUND}" />`.text;
  return coloured.replace(/<svg([^>]*)>/, (_, attributes: string) => `<svg role="img"${attributes}>${head}`);
}
