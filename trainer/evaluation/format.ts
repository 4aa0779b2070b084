// Figures as text, the same in the terminal, in the report and in the league.
import type { Estimate } from './interval.js';

/** What stands where there is no figure: no request was answered. */
const NONE = '-';
/** Below it a share is not zero but would read so. */
const LEAST_PERCENT = 0.01;

/** As many digits as a run of thousands of requests bears. */
const threeDigits = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

export const milliseconds = (ms: number): string => (Number.isFinite(ms) ? threeDigits(ms) : NONE);

export function percent(share: number): string {
  if (!Number.isFinite(share)) return NONE;
  const percents = share * 100;
  if (percents === 0) return '0%';
  return percents < LEAST_PERCENT ? `<${LEAST_PERCENT}%` : `${percents.toFixed(2)}%`;
}

export const whole = (value: number): string => (Number.isFinite(value) ? value.toFixed(0) : NONE);

/** `0.912 [0.880, 0.945]`, and `0.912 (n=1)` where a single pair has no interval. */
export const ratio = (estimate: Estimate): string =>
  withInterval(estimate, (value) => (value < 10 ? value.toFixed(3) : threeDigits(value)));

/** A difference of shares in percentage points, as `ratio` shows it; `0` where there is none at all. */
export function points(estimate: Estimate): string {
  if ([estimate.value, ...(estimate.interval ?? [])].every((value) => value === 0)) return '0';
  return withInterval(estimate, (value) => {
    const text = (value * 100).toFixed(2);
    if (Number(text) === 0) return '0.00';
    return value > 0 ? `+${text}` : text;
  });
}

function withInterval({ value, n, interval }: Estimate, text: (value: number) => string): string {
  if (!Number.isFinite(value)) return NONE;
  return interval ? `${text(value)} [${interval.map(text).join(', ')}]` : `${text(value)} (n=${n})`;
}

/** `1 run`, `2 runs`. */
export { plural } from '../mesh/view/text.js';
