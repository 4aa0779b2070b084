// Standings as a table of the report.
import { milliseconds, percent, points, ratio, whole } from '../format.js';
import type { Estimate } from '../interval.js';
import { marked } from '../notes.js';
import type { Plan } from '../plan.js';
import { KEY_LATENCIES, LATENCIES, LATENCY_NAMES } from '../results.js';
import type { Standing } from '../standings.js';
import { html, type Html } from './html.js';

export function standingsTable({ baseline }: Plan, rows: readonly Standing[]): Html {
  const head = [
    'policy',
    ...LATENCIES.map((latency) => LATENCY_NAMES[latency]),
    'errors',
    'rps',
    'ns a decision',
    ...KEY_LATENCIES.map((latency) => `${LATENCY_NAMES[latency]} / ${baseline}`),
    `errors - ${baseline}`,
  ];
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${head.map((name) => html`<th>${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(row)}
      </tbody>
    </table>
  </div>`;
}

function row(standing: Standing, i: number): Html {
  const { policy, latencies, errorShare, throughputRps, decisionNs, ratios, errorsMore, isBaseline } =
    standing;
  const cells = [
    marked(policy),
    ...LATENCIES.map((latency) => milliseconds(latencies[latency])),
    percent(errorShare),
    whole(throughputRps),
    whole(decisionNs),
  ];
  const compared = isBaseline
    ? [...KEY_LATENCIES.map(() => html`<td>1</td>`), html`<td>0</td>`]
    : [
        ...KEY_LATENCIES.map((latency) => comparison(ratios[latency], 1, ratio)),
        comparison(errorsMore, 0, points),
      ];
  return html`<tr class="policy-${i}">
    ${cells.map((cell) => html`<td>${cell}</td>`)}${compared}
  </tr>`;
}

/** Coloured where the interval leaves no doubt of the side it is on. */
function comparison(estimate: Estimate, even: number, text: (estimate: Estimate) => string): Html {
  const [low, high] = estimate.interval ?? [even, even];
  const verdict = high < even ? 'better' : low > even ? 'worse' : '';
  return html`<td class="${verdict}">${text(estimate)}</td>`;
}
