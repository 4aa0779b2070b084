import { describe, expect, it } from 'vitest';
import { milliseconds, percent, points, ratio } from '../../../trainer/evaluation/format.js';
import { renderStandings } from '../../../trainer/evaluation/terminal.js';
import { plan, resultsOf } from './fakes.js';

describe('figures as text', () => {
  it.each([
    [milliseconds(0.1234), '0.123'],
    [milliseconds(12.34), '12.3'],
    [milliseconds(1234.5), '1235'],
    [milliseconds(NaN), '-'],
    [percent(0), '0%'],
    [percent(0.00001), '<0.01%'],
    [percent(0.1234), '12.34%'],
    [ratio({ n: 3, value: 0.9123, interval: [0.88, 0.9449] }), '0.912 [0.880, 0.945]'],
    [ratio({ n: 3, value: 12.345, interval: [1.5, 1234.5] }), '12.3 [1.500, 1235]'],
    [ratio({ n: 1, value: 0.5 }), '0.500 (n=1)'],
    [ratio({ n: 3, value: NaN }), '-'],
    [points({ n: 2, value: 0.0123, interval: [-0.001, 0.03] }), '+1.23 [-0.10, +3.00]'],
    [points({ n: 2, value: -0.00001, interval: [-0.001, 0.00001] }), '0.00 [-0.10, 0.00]'],
    [points({ n: 2, value: 0, interval: [0, 0] }), '0'],
  ])('%s', (text, expected) => {
    expect(text).toBe(expected);
  });
});

describe('renderStandings', () => {
  const text = (names: string[], policies: Parameters<typeof plan>[1], seeds = 2) =>
    renderStandings(
      resultsOf(plan(names, policies, seeds), ({ policy }) => ({ meanMs: policy === 'c3' ? 5 : 10 })),
    );

  it('shows each of few scenarios, and all of them together', () => {
    const few = text(['a', 'b'], ['least-request', 'c3']);
    expect(few).toMatch(/^a: 2 seeds$/m);
    expect(few).toMatch(/^b: 2 seeds$/m);
    expect(few).toMatch(/^over 2 scenarios, 2 seeds each$/m);
    expect(few).toContain('mean / least-request');
    expect(few).toContain('0.500 [0.500, 0.500]');
    expect(few).toContain("Student's t over the 2 scenarios");
  });

  it('shows many scenarios together only, and one only by itself', () => {
    const many = text(['a', 'b', 'c', 'd', 'e'], ['least-request', 'c3']);
    expect(many).not.toMatch(/^a: /m);
    expect(many).toMatch(/^over 5 scenarios/m);
    expect(text(['a'], ['least-request', 'c3'])).not.toContain('over 1');
  });

  it('says that one pair has no interval', () => {
    const single = text(['a'], ['least-request', 'c3'], 1);
    expect(single).toContain('0.500 (n=1)');
    expect(single).toContain('n=1: one pair');
    expect(single).not.toContain('95%');
  });

  it('marks oracles, and explains the mark where there is one', () => {
    expect(text(['a'], ['least-request', 'clairvoyant'])).toMatch(/clairvoyant\*/);
    expect(text(['a'], ['least-request', 'clairvoyant'])).toMatch(/^\* Oracles see what no proxy can have/m);
    expect(text(['a'], ['least-request', 'c3'])).not.toContain('Oracles');
  });
});
