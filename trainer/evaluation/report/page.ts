// The report: one page that needs nothing but itself.
import type { Scenario } from '../../environment/scenario.js';
import { plural } from '../format.js';
import { notes } from '../notes.js';
import type { Results } from '../results.js';
import { standings } from '../standings.js';
import { describeScenario } from './describe.js';
import { latencyPlot, sharePlot, tailPlot } from './figures.js';
import { html, type Html } from './html.js';
import { looksOf, type Look } from './look.js';
import { ratioPlot } from './ratios.js';
import { MOST_ROWS } from './shares.js';
import { standingsTable } from './standings-table.js';
import { styleSheet } from './style.js';
import { drawSvg } from './vega.js';

export interface ReportOptions {
  /** As it was typed. */
  readonly command: string;
  /** Further lines below the command. */
  readonly remarks?: readonly string[];
  /** Called after each scenario with how many are drawn. */
  readonly onDone?: (done: number) => void;
  readonly signal?: AbortSignal;
}

/** More scenarios than this are folded. */
const OPEN_SCENARIOS = 2;

export async function renderReport(results: Results, options: ReportOptions): Promise<string> {
  const { plan } = results;
  const looks = looksOf(plan);
  const sections: Html[] = [];
  for (const scenario of plan.scenarios) {
    options.signal?.throwIfAborted();
    sections.push(await scenarioSection(results, scenario, looks));
    options.onDone?.(sections.length);
  }
  const title = `weir evaluate: ${plural(plan.scenarios.length, 'scenario')}, ${plan.policies.length} policies, ${plural(plan.seeds, 'seed')}`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title}</title>
        <style>
          ${styleSheet(looks)}
        </style>
      </head>
      <body>
        <h1>${title}</h1>
        <pre>${options.command}</pre>
        ${(options.remarks ?? []).map((remark) => html`<p>${remark}</p>`)}
        <p class="faint">
          Scenarios: ${plan.scenarios.map(({ name }) => name).join(', ')}. Every policy met the same requests.
        </p>
        ${legend(looks)} ${await overall(results, looks)}
        <h2>Scenarios</h2>
        ${sections}
      </body>
    </html> `.text;
}

/** A switch for each policy, with the line that it has in the figures. */
function legend(looks: readonly Look[]): Html {
  const entries = looks.map(
    ({ policy, colour, dash, width }, i) =>
      html`<label
        ><input type="checkbox" id="show-${i}" checked /><svg width="26" height="10">
          <path
            d="M0 5H26"
            style="stroke: ${colour}"
            stroke-width="${width}"
            stroke-dasharray="${dash.join(' ')}"
          /></svg
        >${policy}</label
      >`,
  );
  return html`<div class="legend">${entries}</div>`;
}

async function overall(results: Results, looks: readonly Look[]): Promise<Html> {
  const { plan } = results;
  const rows = standings(results);
  const hasIntervals = rows.some(({ ratios }) => ratios.meanMs.interval !== undefined);
  const intervals = hasIntervals
    ? 'The bars are 95% intervals; where one crosses the line, the difference may be chance.'
    : 'One pair of runs has no interval.';
  const figure =
    plan.policies.length > 1
      ? html`<figure>
          ${await drawSvg(ratioPlot(rows, looks, plan.baseline))}
          <figcaption>
            Latencies as a ratio to ${plan.baseline}, left of the dashed line is faster. ${intervals}
          </figcaption>
        </figure>`
      : html``;
  return html`<h2>${plan.scenarios.length > 1 ? 'All scenarios' : 'Overall'}</h2>
    ${standingsTable(plan, rows)} ${notes(plan).map((note) => html`<p class="faint">${note}</p>`)} ${figure}`;
}

async function scenarioSection(results: Results, scenario: Scenario, looks: readonly Look[]): Promise<Html> {
  const { plan } = results;
  const isOpen = plan.scenarios.length <= OPEN_SCENARIOS;
  const figures = [
    [latencyPlot, 'Latency: how many requests took at most so long, the seeds together.'],
    [tailPlot, 'Tail over time: the 99th percentile of each span of the run.'],
    [
      sharePlot,
      `Requests by endpoint (number: speed x workers; alike ones as one where there are more than ${MOST_ROWS}). The upright strokes are shares of the capacity.`,
    ],
  ] as const;
  const drawn: Html[] = [];
  for (const [plot, caption] of figures) {
    const svg = await drawSvg(plot(results, scenario, looks));
    drawn.push(
      html`<figure>
        ${svg}
        <figcaption>${caption}</figcaption>
      </figure>`,
    );
  }
  // With one scenario its table is the one above.
  const table = plan.scenarios.length > 1 ? standingsTable(plan, standings(results, [scenario])) : html``;
  return html`<details ${isOpen ? html`open` : html``}>
    <summary>${scenario.name} <span>${describeScenario(scenario)}</span></summary>
    ${table}
    <div class="figures">${drawn}</div>
  </details>`;
}
