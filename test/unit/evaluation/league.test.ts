import { check } from 'prettier';
import { describe, expect, it } from 'vitest';
import { renderLeague } from '../../../trainer/evaluation/league.js';
import { plan, resultsOf } from './fakes.js';

const POLICIES = ['least-request', 'random', 'c3', 'clairvoyant'] as const;
const SPEED: Record<string, number> = { 'least-request': 1, random: 3, c3: 0.5, clairvoyant: 0.25 };

function league(scenarios = ['bursts-01', 'bursts-02', 'even-01']): string {
  const results = resultsOf(plan(scenarios, POLICIES), ({ policy, seed }) => ({
    meanMs: 10 * SPEED[policy]! * seed,
    errors: policy === 'random' ? 10 : 0,
  }));
  return renderLeague(results, {
    familyOf: ({ name }) => name.replace(/-\d+$/, ''),
    command: 'weir evaluate --scenario bench',
    machine: '2 x Abacus',
    remarks: ['actor: none.'],
  });
}

const sections = (text: string) => text.split(/^## /m).slice(1);
const firstCells = (text: string) =>
  [...text.matchAll(/^\| ([a-z][\w-]*) /gm)]
    .map(([, cell]) => cell)
    .filter((c) => c !== 'policy' && c !== 'oracle');

describe('renderLeague', () => {
  it('has a block for all scenarios and one for each family', () => {
    expect(sections(league()).map((text) => text.split('\n')[0])).toEqual([
      'All scenarios (3 scenarios)',
      'bursts (2 scenarios)',
      'even (1 scenario)',
    ]);
  });

  it('puts the fastest proxy policy first and the oracles by themselves', () => {
    const [all] = sections(league()) as [string];
    expect(firstCells(all)).toEqual(['c3', 'least-request', 'random', 'clairvoyant']);
    expect(all.indexOf('no proxy can have')).toBeGreaterThan(all.indexOf('| random'));
    expect(all.indexOf('no proxy can have')).toBeLessThan(all.indexOf('| clairvoyant'));
  });

  it('shows means, paired ratios with their intervals, and differences of the errors', () => {
    const row = /^\| random .*$/m
      .exec(league())![0]
      .split('|')
      .map((cell) => cell.trim());
    // The geometric mean of 30 and 60.
    expect(row.slice(1, 6)).toEqual(['random', '42.4', '21.2', '170', '339']);
    expect(row.slice(6, 10)).toEqual([
      '1.00%',
      '3.000 [3.000, 3.000]',
      '3.000 [3.000, 3.000]',
      '+1.00 [+1.00, +1.00]',
    ]);
    expect(league()).toMatch(/^\| least-request .* 1 \| +1 \| +0 \|$/m);
  });

  it('says how it was made', () => {
    expect(league()).toContain('```sh\nweir evaluate --scenario bench\n```');
    expect(league()).toContain('3 scenarios, 4 policies, 2 seeds of each; 2 x Abacus.');
    expect(league()).toContain('- actor: none.');
  });

  it('is formatted as the pages written by hand are', async () => {
    expect(await check(league(), { parser: 'markdown', printWidth: 110 })).toBe(true);
  });
});
