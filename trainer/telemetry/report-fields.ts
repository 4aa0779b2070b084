// Fields of a report, each checked by one function: chains of checks, and tuples in a histogram, would take most of the
// time of a whole report. What they accept stands beside them in the words of JSON Schema, for the OpenAPI document.
import { z } from 'zod';
import { MAX_COUNT } from './limits.js';
import { BINS, type SparseBins } from './sketch.js';

/** A whole number, 0 to `most`. */
export const whole = (most: number) =>
  z
    .custom<number>((value) => isWhole(value, most), `is not a whole number, 0 to ${most}`)
    .meta(integer(most));

/** A number, `least` to `most`. */
export const within = (least: number, most: number) =>
  z
    .custom<number>(
      (value) => typeof value === 'number' && value >= least && value <= most,
      `is not a number, ${least} to ${most}`,
    )
    .meta({ type: 'number', minimum: least, maximum: most });

export const latencyBins = z
  .custom<SparseBins>(isSparseBins, `is not at most ${BINS} pairs of bin and count`)
  .meta({
    description: 'Pairs of bin and count',
    type: 'array',
    maxItems: BINS,
    items: {
      type: 'array',
      prefixItems: [integer(BINS - 1), integer(MAX_COUNT)],
      minItems: 2,
      maxItems: 2,
    },
  });

/** Base64, as it comes of whole bytes; `decodedLength` says of how many. */
export const base64 = z
  .custom<string>(
    (value) => typeof value === 'string' && value.length % 4 === 0 && BASE64.test(value),
    'is not base64',
  )
  .meta({ type: 'string', contentEncoding: 'base64' });
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

export function decodedLength(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}

function isSparseBins(value: unknown): boolean {
  return Array.isArray(value) && value.length <= BINS && value.every(isPair);
}

function isPair(pair: unknown): boolean {
  return (
    Array.isArray(pair) && pair.length === 2 && isWhole(pair[0], BINS - 1) && isWhole(pair[1], MAX_COUNT)
  );
}

function isWhole(value: unknown, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

function integer(maximum: number): { type: 'integer'; minimum: number; maximum: number } {
  return { type: 'integer', minimum: 0, maximum };
}
