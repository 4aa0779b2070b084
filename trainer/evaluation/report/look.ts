// How policies look: the same colour and line in every figure, readable on light and on dark ground.
import { isOracle } from '../standings.js';
import type { Plan } from '../plan.js';

type Policy = Plan['policies'][number];

/** Ten hues that stay apart, also for most who see few colours (Observable's categorical palette). */
const LIGHT = [
  '#4269d0',
  '#c98d00',
  '#ff725c',
  '#2f9e8f',
  '#3ca951',
  '#e0619a',
  '#a463f2',
  '#5fa2e8',
  '#9c6b4e',
  '#757b85',
];
const DARK = [
  '#7c9bf2',
  '#efb118',
  '#ff8b78',
  '#6cc5b0',
  '#5ccc70',
  '#ff8ab7',
  '#bd8cff',
  '#97bbf5',
  '#c9997b',
  '#a9aeb8',
];

export interface Look {
  readonly policy: Policy;
  /** Name of a style sheet's variable: its value depends on the ground. */
  readonly variable: string;
  readonly colour: string;
  readonly dash: readonly number[];
  readonly width: number;
}

const SOLID: readonly number[] = [];
const DASHED = [6, 3];
const DOTTED = [2, 2];

/** Policies past the tenth are dashed, oracles dotted, the baseline is thick. */
export function looksOf({ policies, baseline }: Plan): Look[] {
  return policies.map((policy, i) => {
    const variable = `--policy-${i}`;
    const dash = i < LIGHT.length ? SOLID : DASHED;
    return {
      policy,
      variable,
      colour: `var(${variable})`,
      dash: isOracle(policy) ? DOTTED : dash,
      width: policy === baseline ? 2.75 : 1.5,
    };
  });
}

export function colourVariables(looks: readonly Look[], ground: 'light' | 'dark'): string {
  const palette = ground === 'light' ? LIGHT : DARK;
  return looks.map(({ variable }, i) => `${variable}:${palette[i % palette.length]!};`).join('');
}
