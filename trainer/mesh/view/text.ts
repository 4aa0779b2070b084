// Figures as text: the table of a terminal and the line of a log.
import Table from 'cli-table3';
import type { Figures } from './state.js';

/** What stands above the figures. */
export interface Heading {
  readonly scenario: string;
  readonly policy: string;
  readonly engine: string;
  /** Of the trainer, where one runs. */
  readonly url?: string;
  /** Of the model that serves, where one does. */
  readonly model?: string;
  readonly reloads: number;
}

const BAR = 20;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of up to 20 columns in steps of an eighth. */
export function bar(share: number): string {
  const eighths = Math.round(Math.max(0, Math.min(1, share)) * BAR * 8);
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!;
}

const ms = (value: number) => `${value < 10 ? value.toFixed(2) : value.toFixed(1)} ms`;
const percent = (share: number) => `${(share * 100).toFixed(1)}%`;
/** `1 reload`, `2 reloads`. */
export const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
const shortId = (id: string) => id.slice(0, 8);

export function renderTable(heading: Heading, figures: Figures): string {
  const model = heading.model ? `   model ${shortId(heading.model)}   reloads ${heading.reloads}` : '';
  const lines = [
    `weir up: ${heading.scenario}   ${heading.engine}${heading.url ? `   trainer ${heading.url}` : ''}`,
    `policy ${heading.policy}${model}   ${figures.seconds.toFixed(0)} s`,
    `${figures.rps.toFixed(0)} requests/s   p50 ${ms(figures.p50Ms)}   p99 ${ms(figures.p99Ms)}   ` +
      `${plural(figures.requests, 'request')}   ${plural(figures.errors, 'error')}`,
  ];
  const table = new Table({
    head: ['endpoint', 'address', 'speed', 'workers', 'rps', 'share', ''],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'left'],
    colWidths: [undefined, undefined, undefined, undefined, 9, 8, BAR + 2] as number[],
    style: { head: [], border: [], compact: true },
  });
  for (const row of figures.endpoints) {
    const { name, address, speed, workers, rps, share } = row;
    table.push([name, address, speed, workers, rps.toFixed(1), percent(share), bar(share)]);
  }
  return `${lines.join('\n')}\n${table.toString()}`;
}

export function renderLine(heading: Heading, figures: Figures): string {
  const parts = [
    `${figures.seconds.toFixed(0)} s`,
    `${figures.rps.toFixed(0)} requests/s`,
    `p50 ${ms(figures.p50Ms)}`,
    `p99 ${ms(figures.p99Ms)}`,
    plural(figures.requests, 'request'),
    plural(figures.errors, 'error'),
    ...(heading.model ? [`model ${shortId(heading.model)}`, plural(heading.reloads, 'reload')] : []),
  ];
  return parts.join(', ');
}
