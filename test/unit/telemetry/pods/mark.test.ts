import { expect, it } from 'vitest';
import { marked } from '../../../../trainer/telemetry/pods/mark.js';

it('a mark is near to the share, its own mark, and survives three decimals', () => {
  for (let share = 0; share <= 1; share += 0.0007) {
    const mark = marked(share);
    expect(Math.abs(mark - share)).toBeLessThanOrEqual(1 / 128 + 0.0005);
    expect(marked(mark)).toBe(mark);
    // As the filter keeps it, and writes it.
    expect(Number(Math.fround(mark).toFixed(3))).toBe(mark);
  }
});

it('a mark is never 0, which a filter does not hand back', () => {
  expect(marked(0)).toBeGreaterThan(0);
  expect(marked(1)).toBeLessThan(1);
});
