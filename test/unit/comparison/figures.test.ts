import { describe, expect, it } from 'vitest';
import { ratioDomain, ratioTicks, withEdge } from '../../../trainer/comparison/axis.js';
import { namedLooks, lightColours } from '../../../trainer/comparison/looks.js';
import { render } from '../../../trainer/comparison/outputs.js';
import { sectionsOf } from '../../../trainer/comparison/sections.js';
import { standalone } from '../../../trainer/comparison/svg-file.js';
import { Html } from '../../../trainer/evaluation/report/html.js';
import { comparisonOf, planOf } from './fakes.js';

const EVIL = '</title><script>alert(1)</script>';
const comparison = comparisonOf(planOf(), {
  learned: (algorithm, _, seed) => ({ meanMs: algorithm === 'one' ? 8 : 12 + seed }),
});
const [traffic, throughput, curves] = sectionsOf(comparison);

/** The data rows of a spec, wherever they stand in it. */
function rowsOf(spec: unknown): Record<string, unknown>[] {
  if (typeof spec !== 'object' || spec === null) return [];
  if ('values' in spec && Array.isArray(spec.values) && typeof spec.values[0] === 'object')
    return spec.values as Record<string, unknown>[];
  return Object.values(spec).flatMap(rowsOf);
}

describe('the figure of the algorithms', () => {
  it('has a row for each algorithm, and the best technique, in each cell', () => {
    const rows = rowsOf(traffic!.spec);
    expect(rows).toHaveLength(3 * 2 * 3);
    expect(rows[0]).toMatchObject({
      name: 'one',
      pattern: 'steady',
      block: 'normal, mean',
      value: 0.8,
      low: 0.8,
      high: 0.8,
    });
    expect(new Set(rows.map(({ block }) => block))).toEqual(
      new Set(['normal, mean', 'normal, p99', 'stress, mean', 'stress, p99']),
    );
    expect(rows.filter(({ name }) => name === 'best technique')).toHaveLength(6);
  });

  it('draws who is far slower at the edge, with the number', () => {
    const slow = comparisonOf(planOf({ seeds: 1 }), {
      learned: (name) => ({ meanMs: name === 'one' ? 70 : 8 }),
    });
    const rows = rowsOf(sectionsOf(slow)[0]!.spec).filter(({ block }) => block === 'normal, mean');
    expect(rows[0]).toMatchObject({ name: 'one', value: 7, shown: 1.5, isPast: true, label: '7.00' });
    expect(rows[1]).toMatchObject({ name: 'two', shown: 0.8, isPast: false });
  });

  it('leaves out what has no number', () => {
    const dead = comparisonOf(planOf(), { learned: (name) => (name === 'one' ? { meanMs: NaN } : {}) });
    const rows = rowsOf(sectionsOf(dead)[0]!.spec);
    expect(rows.filter(({ name, block }) => name === 'one' && block === 'normal, mean')).toEqual([]);
    expect(JSON.stringify(rows)).not.toContain('null');
  });
});

describe('the figure of the throughput', () => {
  it('has a line for each technique and the learned actor in each panel', () => {
    const rows = rowsOf(throughput!.spec);
    expect(new Set(rows.map(({ name }) => name)).size).toBe(8);
    expect(rows).toHaveLength(3 * 8 * 30);
    expect(rows.at(-1)).toMatchObject({ name: 'learned (one)', level: 'stress', pattern: 'steady' });
  });
});

describe('the learning curves', () => {
  it('are drawn for mean and p99, against decisions and wall time', () => {
    const rows = rowsOf(curves!.spec);
    expect(rows).toHaveLength(2 * 2 * 2 * 3);
    expect(
      rows.filter(({ name, progress }) => name === 'one' && progress === 0.5).map(({ at }) => at),
    ).toEqual([...[500, 2.5, 500, 2.5]]);
  });
});

describe('the outputs', () => {
  it('are three files, a page and a record', async () => {
    const facts = { command: `weir compare ${EVIL}`, machine: 'a machine' };
    const outputs = await render(comparison, facts, { html: true, figures: true });
    expect([...outputs.figures.keys()]).toEqual([
      'algorithms-by-traffic.svg',
      'throughput-over-time.svg',
      'learning-curves.svg',
    ]);
    for (const svg of outputs.figures.values()) {
      expect(svg).toMatch(/^<svg role="img"[^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
      expect(svg).not.toMatch(/var\(|currentColor|NaN|undefined/);
    }
    expect(outputs.figures.get('learning-curves.svg')).toContain('>two<');
    const page = outputs.html!;
    expect(page.split('<figure>')).toHaveLength(1 + 3);
    expect(page).not.toMatch(/<script|NaN|undefined/);
    expect(page.replaceAll(/xmlns(:xlink)?="[^"]*"/g, '')).not.toMatch(/https?:/);
    expect(outputs.record.runs).toHaveLength(2 * 2);
    expect(outputs.record.runs[0]!.evaluation).toHaveLength(3);
    expect(outputs.record.peers).toHaveLength(3 * 11 * 2);
    expect(JSON.parse(JSON.stringify(outputs.record))).toEqual(outputs.record);
  });

  it('go between the marks of a page, and nowhere else', async () => {
    const outputs = await render(comparison, { command: 'c', machine: 'm' }, { html: false, figures: false });
    expect(outputs.figures.size).toBe(0);
    const fresh = outputs.markdown('');
    expect(fresh).toMatch(/^<!-- comparison.*\| one .*<!-- \/comparison -->\n$/s);
    const page = `# By hand\n\n${fresh}\nMore by hand.\n`;
    expect(outputs.markdown(page)).toBe(page);
    expect(outputs.markdown(page.replaceAll('| one ', '| old '))).toBe(page);
    expect(() => outputs.markdown('# No marks')).toThrow('expected <!-- comparison');
  });
});

describe('a figure as a file', () => {
  it('has its colours, its ground and its name in it', () => {
    const svg = new Html('<svg width="9"><path stroke="var(--policy-1)" fill="currentColor"/></svg>');
    const file = standalone(svg, EVIL, lightColours(namedLooks(comparison)));
    expect(file).toMatch(/^<svg role="img" width="9"><title>&lt;\/title&gt;/);
    expect(file).toMatch(/<path stroke="#[0-9a-f]{6}" fill="#1d2127"\/>/);
  });
});

describe('an axis of ratios', () => {
  it('reaches over all values and 1, whatever the intervals', () => {
    const [low, high] = ratioDomain([0.5, 0.8, NaN]);
    expect(low).toBeCloseTo(0.5 / 1.06, 9);
    expect(high).toBeCloseTo(1.06, 9);
  });

  it('ends where only one who is far slower would be', () => {
    const domain = ratioDomain([0.9, 1.1, 20]);
    expect(domain[1]).toBe(1.5);
    const row = { value: 20, low: 0.1, high: 40 };
    expect(withEdge(row, domain)).toEqual({ ...row, shown: 1.5, from: 0.9 / 1.06, to: 1.5, isPast: true });
    expect(withEdge({ value: 1, low: 0.95, high: 1.2 }, domain)).toMatchObject({
      ...{ shown: 1, from: 0.95, to: 1.2, isPast: false },
    });
  });

  it.each([
    [
      [0.95, 1.05],
      [0.96, 0.98, 1, 1.02, 1.04],
    ],
    [
      [0.45, 1.1],
      [0.6, 0.8, 1],
    ],
    [
      [0.5, 30],
      [0.5, 1, 2, 5, 10, 20],
    ],
    [
      [0.004, 1.5],
      [0.01, 0.03, 0.1, 0.3, 1],
    ],
  ] as const)('labels %j at even places that keep apart', (domain, ticks) => {
    expect(ratioTicks(domain, 150, 20)).toEqual(ticks);
  });
});
