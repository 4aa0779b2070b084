// What `weir evaluate` leaves behind: tables, JSON, a report, a league.
import { basename, dirname } from 'node:path';
import type { Scenario } from '../environment/scenario.js';
import { renderLeague } from '../evaluation/league.js';
import { machine } from '../evaluation/machine.js';
import { progress } from '../evaluation/progress.js';
import { evaluationRecords } from '../evaluation/record.js';
import type { Results } from '../evaluation/results.js';
import { renderStandings } from '../evaluation/terminal.js';
import { writeJson, writeText } from './options.js';

export const LEAGUE_BLOCKS = ['family', 'folder'] as const;

export interface OutputOptions {
  readonly json?: string;
  readonly html?: string;
  readonly league?: string;
  readonly by: (typeof LEAGUE_BLOCKS)[number];
}

export interface OutputContext {
  /** The file of each scenario. */
  readonly files: ReadonlyMap<Scenario, string>;
  readonly command: string;
  /** Lines that belong to the figures. */
  readonly remarks: readonly string[];
  readonly signal: AbortSignal;
}

/** The stream for people: not stdout where a result goes there. */
export const streamFor = ({ json, html, league }: OutputOptions): NodeJS.WriteStream =>
  [json, html, league].includes('-') ? process.stderr : process.stdout;

export async function writeResults(
  results: Results,
  options: OutputOptions,
  { files, command, remarks, signal }: OutputContext,
): Promise<void> {
  streamFor(options).write(`${[renderStandings(results), ...remarks].join('\n')}\n`);
  if (options.json !== undefined) writeJson(options.json, evaluationRecords(results));
  if (options.league !== undefined) {
    const blockOf = options.by === 'family' ? familyOf : folderOf;
    const familyOfScenario = (scenario: Scenario) => blockOf(files.get(scenario)!);
    const facts = { familyOf: familyOfScenario, command, machine: machine(), remarks };
    writeText(options.league, renderLeague(results, facts));
  }
  if (options.html !== undefined)
    writeText(options.html, await report(results, { command, remarks, signal }));
}

async function report(
  results: Results,
  options: { readonly command: string; readonly remarks: readonly string[]; readonly signal: AbortSignal },
): Promise<string> {
  // Vega takes a moment to load, which only this output needs.
  const { renderReport } = await import('../evaluation/report/page.js');
  const bar = progress(process.stderr, 'scenarios drawn', results.plan.scenarios.length);
  try {
    return await renderReport(results, { ...options, onDone: (done) => bar.update(done) });
  } finally {
    bar.stop();
  }
}

/** `bursts-02.json` is of the family `bursts`. */
const familyOf = (file: string): string => basename(file, '.json').replace(/-\d+$/, '');
const folderOf = (file: string): string => basename(dirname(file));
