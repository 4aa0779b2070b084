// The report of `weir compare`: one page that needs nothing but itself.
import { html, Html } from '../evaluation/report/html.js';
import { styleSheet } from '../evaluation/report/style.js';
import { drawSvg } from '../evaluation/report/vega.js';
import type { Comparison } from './comparison.js';
import { factsOf } from './facts.js';
import { namedLooks } from './looks.js';
import type { Section } from './sections.js';
import { summary, type Table } from './tables.js';

const TABLE_STYLE = new Html(
  'caption{text-align:left;padding:.4rem 0}th[scope=row]{font-weight:normal}figcaption{max-width:60rem}',
);

export async function renderComparison(
  comparison: Comparison,
  sections: readonly Section[],
  { command, machine }: { readonly command: string; readonly machine: string },
): Promise<string> {
  const looks = namedLooks(comparison);
  const drawn: Html[] = [];
  for (const section of sections) drawn.push(await render(section));
  const title = `weir compare: ${comparison.plan.algorithms.join(', ')}`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title}</title>
        <style>
          ${styleSheet(looks)}${TABLE_STYLE}
        </style>
      </head>
      <body>
        <h1>${title}</h1>
        <pre>${command}</pre>
        ${factsOf(comparison, machine).map((fact) => html`<p class="faint">${fact}</p>`)}
        ${table(summary(comparison))} ${drawn}
      </body>
    </html> `.text;
}

async function render({ heading, caption, spec, tables }: Section): Promise<Html> {
  return html`<h2>${heading}</h2>
    <figure>
      ${await drawSvg(spec)}
      <figcaption>${caption}</figcaption>
    </figure>
    ${tables.map(table)}`;
}

function table({ caption, head, rows }: Table): Html {
  return html`<div class="scroll">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head.map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([name, ...cells]) =>
            html`<tr>
              <th scope="row">${name!}</th>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
