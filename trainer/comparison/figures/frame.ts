// What the figures have in common.
import { ratioTicks } from '../axis.js';
import type { NamedLook } from '../looks.js';

/** The page's own colour. */
export const INK = 'currentColor';

/** The line at a ratio of 1. */
export const EVEN = { type: 'rule' as const, strokeDash: [3, 3], opacity: 0.6, color: INK };

export const title = (text: string) => ({ text, anchor: 'start', fontSize: 13 }) as const;

/** Of a position channel for ratios. @param length of its axis, px; @param apart of two labels, px */
export const ratioAxis = (domain: readonly [number, number], length: number, apart: number) => ({
  type: 'quantitative' as const,
  scale: { type: 'log' as const, nice: false, domain: [...domain] },
  // Vega would judge by widths that it guesses.
  axis: { values: ratioTicks(domain, length, apart), format: '~g', labelOverlap: false },
});

/** Colour, dash and width by the field `name`; the legend stands below the figure. */
export function lineStyle(looks: readonly NamedLook[], names: readonly string[]) {
  const shown = names.map((name) => looks.find((look) => look.name === name)!);
  const legend = {
    title: null,
    orient: 'bottom',
    columns: 4,
    symbolType: 'stroke',
    symbolSize: 260,
    symbolOpacity: 1,
  } as const;
  const by = <T>(range: T[]) =>
    ({ field: 'name', type: 'nominal', legend, scale: { domain: [...names], range } }) as const;
  return {
    color: by(shown.map(({ colour }) => colour)),
    strokeDash: by(shown.map(({ dash }) => [...dash])),
    // Ordinal: of a nominal field vega-lite doubts that widths make sense.
    strokeWidth: { ...by(shown.map(({ width }) => width)), type: 'ordinal' as const },
  };
}
