// What can be tuned of each peer, and how far it is searched.
import type { Parameter } from './variant.js';

const RULES = 'core/policies/ewma-full.ts';
const CONSTANTS = 'core/constants.ts';

/** The two rules share their constants, and the averages are everybody's. */
const RULE: readonly Parameter[] = [
  { name: 'LATENCY_EXPONENT', file: RULES, values: [0.5, 0.65, 0.8, 1, 1.2, 1.5] },
  { name: 'LATENCY_KEEP', file: CONSTANTS, values: [0, 0.8, 0.9, 0.95, 0.975, 0.99] },
  { name: 'LATENCY_TAU_MS', file: CONSTANTS, values: [1000, 2000, 4000, 8000, 16000] },
];

/** A policy's constants, and the values tried. */
export const PARAMETERS: Readonly<Record<string, readonly Parameter[]>> = {
  'ewma-full': RULE,
  'work-full': RULE,
};
