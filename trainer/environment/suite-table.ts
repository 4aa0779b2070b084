// The table of the suite's scenarios in bench/scenarios/README.md, generated from the scenarios themselves.
import { callGraph } from './call-graph.js';
import { arrivalRate, expandEndpoints, utilisations } from './capacity.js';
import { validateScenario } from './scenario.js';
import type { Scenario } from './schema.js';
import type { SuiteFile } from './suite.js';

const BEGIN = '<!-- suite: written by `weir scenario generate --suite` -->';
const END = '<!-- /suite -->';

const HEAD = [
  'file',
  'family',
  'endpoints',
  'proxies x workers',
  'utilisation',
  'service time',
  'pattern',
  'faults',
  'classes',
  'graph',
  'requests',
  'seconds',
];

/** `text` with the table between its marks replaced. @throws {Error} where it has no marks */
export function withSuiteTable(text: string, files: readonly SuiteFile[]): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`expected ${BEGIN} .. ${END} in the README of the suite`);
  return `${text.slice(0, begin)}${BEGIN}\n\n${suiteTable(files)}\n${text.slice(end)}`;
}

/** A table in Markdown, padded as Prettier does. What differs from service to service is joined by `+`. */
export function suiteTable(files: readonly SuiteFile[]): string {
  const rows = [HEAD, ...files.map(row)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((c, i) => c.padEnd(widths[i]!)).join(' | ')} |\n`;
  return rows
    .map(line)
    .toSpliced(1, 0, line(widths.map((width) => '-'.repeat(width))))
    .join('');
}

function row({ path, family, scenario: raw }: SuiteFile): string[] {
  const scenario = validateScenario(raw, path);
  const { services, proxies, workersPerProxy, load, requests } = scenario;
  const perService = (of: (service: Scenario['services'][number]) => string | number) =>
    services.map(of).join('+');
  return [
    path,
    family,
    perService((service) => expandEndpoints(service).length),
    `${proxies}x${workersPerProxy}`,
    [...utilisations(scenario).values()].map((share) => Number(share.toFixed(2))).join('+'),
    perService(({ serviceTime }) => serviceTime.kind),
    load.pattern.kind,
    faults(scenario),
    services.some(({ classes }) => classes.length > 0) ? perService(({ classes }) => classes.length) : '',
    graph(scenario),
    String(requests),
    (requests / arrivalRate(scenario)).toFixed(0),
  ];
}

/** `2 slow, add`, and of which service, where there are several. */
function faults({ faults, services }: Scenario): string {
  const counts = new Map<string, number>();
  for (const { kind } of faults) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const kinds = [...counts].map(([kind, count]) => (count === 1 ? kind : `${count} ${kind}`)).join(', ');
  return services.length === 1 || faults.length === 0 ? kinds : `${kinds} (${faults[0]!.service})`;
}

/** `web -> api, api -> db`. */
const graph = ({ services }: Scenario): string =>
  [...callGraph(services)]
    .flatMap(([caller, callees]) => callees.map((callee) => `${caller} -> ${callee}`))
    .join(', ');
