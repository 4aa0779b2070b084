// Numbers as people read them.

/** `0.42 ms`, `8.4 ms`, `312 ms`, `1.8 s`. */
export function ms(value: number): string {
  if (value >= 1000) return `${digits(value / 1000)} s`;
  return `${digits(value)} ms`;
}

export function percent(share: number): string {
  const value = 100 * share;
  return value > 0 && value < 1 ? `${value.toFixed(1)}%` : `${Math.round(value)}%`;
}

export const times = (ratio: number): string => `${digits(ratio)}x`;

export const count = (n: number, one: string): string => `${n} ${n === 1 ? one : `${one}s`}`;

function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 1 ? value.toFixed(1) : value.toFixed(2);
}

/** `db-2 (127.0.0.1:4242)`. */
export const place = (address: string, name: string | undefined): string =>
  name === undefined || name === address ? address : `${name} (${address})`;
