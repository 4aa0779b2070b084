import { describe, expect, it } from 'vitest';
import { duration, quantity } from '../../../../trainer/telemetry/pods/quantity.js';

describe('quantities', () => {
  it.each([
    ['250m', 0.25],
    ['1234567n', 0.001234567],
    ['17u', 0.000017],
    ['2', 2],
    [2, 2],
    ['0', 0],
    ['0.5', 0.5],
    ['.5', 0.5],
    ['64Mi', 64 * 1024 * 1024],
    ['12345Ki', 12345 * 1024],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['1e3', 1000],
    ['12E', 12e18],
    ['1E3', 1000],
    ['1181116006400m', 1181116006.4],
    ['3k', 3000],
  ])('%s is %d', (text, value) => {
    expect(quantity(text)).toBeCloseTo(value, 12);
  });

  it.each([['12Q'], ['lots'], [''], ['-1'], ['1 Mi'], ['1MiB'], [undefined], [null], [{}], ['NaN']])(
    '%s is none',
    (text) => {
      expect(() => quantity(text)).toThrow(/is not a quantity$/);
    },
  );
});

describe('durations', () => {
  it.each([
    ['15s', 15_000],
    ['14.925s', 14_925],
    ['1m0s', 60_000],
    ['1h0m30.5s', 3_630_500],
    ['500ms', 500],
  ])('%s is %d ms', (text, ms) => {
    expect(duration(text)).toBeCloseTo(ms, 9);
  });

  it.each([['15'], ['s'], ['15 s'], [''], [undefined], ['-15s']])('%s is none', (text) => {
    expect(() => duration(text)).toThrow(/is not a duration$/);
  });
});
