import { describe, expect, it } from 'vitest';
import { html } from '../../../trainer/evaluation/report/html.js';
import { renderReport } from '../../../trainer/evaluation/report/page.js';
import { shareRows } from '../../../trainer/evaluation/report/shares.js';
import type { Plan } from '../../../trainer/evaluation/plan.js';
import { fakeRun, plan, resultsOf, scenario } from './fakes.js';

const EVIL = '</title><script>alert("1")</script>';
const FOUR = ['least-request', 'c3', 'ewma-full', 'clairvoyant'] as const;

const report = (of: Plan, options: Partial<Parameters<typeof renderReport>[1]> = {}) =>
  renderReport(
    resultsOf(of, ({ policy, seed }) => ({ meanMs: 10 * (FOUR.indexOf(policy as 'c3') + 1) * seed })),
    { command: 'weir evaluate', ...options },
  );

const count = (text: string, part: string) => text.split(part).length - 1;

describe('html', () => {
  it('escapes what is put in, but not other templates', () => {
    expect(
      html`<p title="${`"'&`}">${EVIL}${html`<b>${1}</b>`}${[html`<i>a</i>`, html`<i>b</i>`]}</p>`.text,
    ).toBe(
      '<p title="&quot;&#39;&amp;">&lt;/title&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;<b>1</b><i>a</i><i>b</i></p>',
    );
  });
});

describe('renderReport', () => {
  it('has the comparison, and three figures for each scenario', async () => {
    const page = await report(plan(['a', 'b'], FOUR));
    expect(count(page, '<figure>')).toBe(1 + 2 * 3);
    // A swatch for each policy beside the figures.
    expect(count(page, '<svg')).toBe(1 + 2 * 3 + FOUR.length);
    expect(count(page, '<details')).toBe(2);
    for (const text of ['latency, ms', 'p99, ms', 'share of the service', 'latency / least-request'])
      expect(page).toContain(text);
    for (const policy of FOUR) expect(page).toContain(policy);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('needs nothing but itself', async () => {
    const page = await report(plan(['a'], FOUR));
    const outside = page.replaceAll(/xmlns(:xlink)?="[^"]*"/g, '');
    expect(outside).not.toMatch(/https?:|<script|<link|<img|@import|url\(/);
    expect(page).toContain("default-src 'none'");
  });

  it('escapes what comes from files and from the command line', async () => {
    const of = { ...plan([], FOUR), scenarios: [{ ...scenario('a'), name: EVIL }] };
    const page = await report(of, { command: `weir ${EVIL}`, remarks: [EVIL] });
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;');
  });

  it('shows the same policy in the same colour everywhere, light and dark', async () => {
    const page = await report(plan(['a'], FOUR));
    expect(page).toContain('prefers-color-scheme:dark');
    expect(count(page, 'stroke="var(--policy-1)"')).toBeGreaterThanOrEqual(3);
    expect(page).toContain('tr.policy-1');
  });

  it('copes with a policy that answered nothing, and with a single one', async () => {
    const none = { meanMs: NaN, p50Ms: NaN, p90Ms: NaN, p99Ms: NaN, p999Ms: NaN, windows: [] };
    const counts = new Uint32Array(4);
    const dead = resultsOf(plan(['a'], ['least-request', 'c3']), ({ policy }) =>
      policy === 'c3' ? { ...none, histogram: { leastMs: 1, growth: 2, counts } } : {},
    );
    const page = await renderReport(dead, { command: '' });
    expect(page).not.toContain('NaN');
    expect(page).toContain('<td>-</td>');
    expect(count(await report(plan(['a'], ['c3'])), '<figure>')).toBe(3);
  });

  it('says how far it is, and stops when told to', async () => {
    const controller = new AbortController();
    const done: number[] = [];
    const onDone = (n: number) => {
      done.push(n);
      controller.abort();
    };
    const running = report(plan(['a', 'b'], ['c3']), { onDone, signal: controller.signal });
    await expect(running).rejects.toThrow('aborted');
    expect(done).toEqual([1]);
  });
});

describe('shareRows', () => {
  const endpoint = (service: string, endpoint: number, speed: number, share: number) => ({
    ...{ service, endpoint, speed, workers: 2, requests: 1, share, cpu: 0 },
  });

  it('has a row an endpoint, with its share of the capacity', () => {
    const { rows, order } = shareRows([{ policy: 'c3', runs: [fakeRun(), fakeRun()] }]);
    expect(order).toEqual(['0: 2 x 4', '1: 1 x 4', '2: 1 x 4']);
    expect(rows.map(({ capacity }) => capacity)).toEqual([0.5, 0.25, 0.25]);
    expect(rows[0]!.shares).toEqual([{ policy: 'c3', share: 0.5 }]);
  });

  it('puts those that are alike into one row where there are many', () => {
    const endpoints = Array.from({ length: 60 }, (_, i) => endpoint('api', i, i < 20 ? 2 : 1, 1 / 60));
    const { rows, order } = shareRows([{ policy: 'c3', runs: [fakeRun({ endpoints })] }]);
    expect(order).toEqual(['20 of 2 x 2', '40 of 1 x 2']);
    expect(rows.map(({ capacity }) => capacity)).toEqual([0.5, 0.5]);
    expect(rows[0]!.shares[0]!.share).toBeCloseTo(1 / 3, 9);
  });

  it('names the service where there are several', () => {
    const endpoints = [endpoint('api', 0, 1, 1), endpoint('db', 0, 0.5, 1)];
    const { rows, order } = shareRows([{ policy: 'c3', runs: [fakeRun({ endpoints })] }]);
    expect(order).toEqual(['api 0: 1 x 2', 'db 0: 0.5 x 2']);
    expect(rows.map(({ capacity }) => capacity)).toEqual([1, 1]);
  });
});
