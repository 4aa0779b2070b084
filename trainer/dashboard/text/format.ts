// Numbers as people read them. What is not known is a dash.

export const NONE = '–';

/** Three significant digits: `0.42 ms`, `8.4 ms`, `312 ms`, `1.8 s`. */
export function ms(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  if (value === 0) return '0 ms';
  if (value >= 10_000) return `${(value / 1000).toFixed(0)} s`;
  if (value >= 1000) return `${(value / 1000).toFixed(1)} s`;
  if (value < 0.01) return '<0.01 ms';
  if (value >= 100) return value < 999.5 ? `${value.toFixed(0)} ms` : '1.0 s';
  return `${value.toFixed(value >= 10 ? 1 : 2)} ms`;
}

export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return NONE;
  const value = 100 * share;
  if (value === 0) return '0%';
  if (value < 0.1) return '<0.1%';
  // Nearly all is not all.
  if (value > 99 && value < 100) return `${(Math.floor(10 * value) / 10).toFixed(1)}%`;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)}%`;
}

export function rate(perSecond: number | null | undefined): string {
  if (perSecond === null || perSecond === undefined || !Number.isFinite(perSecond)) return NONE;
  return `${count(perSecond)}/s`;
}

/** `0.4`, `12.3`, `840`, `12.4k`, `3.1M`. */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(1)}k`;
  if (Number.isInteger(value) || value >= 100) return value.toFixed(0);
  return value.toFixed(1);
}

export function number(value: number | null | undefined, digits = 3): string {
  return value === null || value === undefined || !Number.isFinite(value) ? NONE : value.toPrecision(digits);
}

/** Hours, minutes and seconds of a Unix time in ms, where the reader is. */
export const clock = (unixMs: number): string => new Date(unixMs).toLocaleTimeString([], { hour12: false });

export const dateAndClock = (iso: string): string =>
  `${new Date(iso).toLocaleDateString()} ${clock(Date.parse(iso))}`;

/** The first eight digits of a model or trace. */
export const short = (id: string): string => id.slice(0, 8);

/** `3 s`, `5 min`, `2 h`. */
export function ago(elapsedMs: number): string {
  const seconds = Math.max(0, Math.round(elapsedMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
