import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compile } from '../../../trainer/telemetry/report-check.js';
import { ofThisFeatureSet, reportSchema } from '../../../trainer/telemetry/report.js';
import { bodyOf, template } from '../../../bench/trainer/reports.js';

const isWhole = compile(reportSchema);
const full = (): unknown => JSON.parse(bodyOf(template('p', 3, { endpoints: 3, samples: 2 }), 7)) as unknown;

/** All paths into a value, those of its objects and arrays too. */
function paths(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => paths(inner, [...path, key]))];
}

function change(value: unknown, path: readonly string[], to: (old: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return to(value);
  const entry = (inner: unknown) => change(inner, rest, to);
  if (Array.isArray(value))
    return value.map((inner: unknown, i) => (String(i) === key ? entry(inner) : inner));
  const { [key]: old, ...others } = value as Record<string, unknown>;
  const changed = entry(old);
  return changed === undefined ? others : { ...others, [key]: changed };
}

describe('the short check of a report', () => {
  it('passes one as the plugin writes it', () => {
    expect(isWhole(full())).toBe(true);
    expect(reportSchema.parse(full())).toEqual(full());
  });

  it('passes nothing that zod would refuse or change, whatever is changed in a report', () => {
    const all = paths(full());
    const junk = fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom(
        undefined,
        null,
        -1,
        0,
        1.5,
        1e99,
        Infinity,
        NaN,
        '',
        'x'.repeat(600),
        [],
        {},
        [[1, 1]],
        true,
      ),
    );
    const twice = (old: unknown) =>
      Array.isArray(old) ? [...(old as unknown[]), ...(old as unknown[])] : old;
    const more = (old: unknown) => (typeof old === 'object' ? { ...old, unknown: 1 } : old);
    const wild = fc.oneof(junk.map((to) => () => to), fc.constantFrom(twice, more)); // prettier-ignore
    let [passed, refused] = [0, 0];
    fc.assert(
      fc.property(fc.constantFrom(...all), wild, (path, to) => {
        const value = change(full(), path, to);
        const parsed = reportSchema.safeParse(value);
        if (isWhole(value)) {
          passed += 1;
          expect(parsed.success).toBe(true);
          expect(parsed.data).toEqual(value);
        } else refused += 1;
      }),
      { numRuns: 2000, seed: 3 },
    );
    // Both sides were tried.
    expect(passed).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(100);
  });

  it('leaves to zod what lacks a default or has a key of a newer version', () => {
    const { mode: _, ...older } = full() as { mode: string };
    expect(isWhole(older)).toBe(false);
    expect(reportSchema.parse(older).mode).toBe('');
    expect(isWhole({ ...(full() as object), zone: 'a' })).toBe(false);
    expect(isWhole(JSON.parse('{"__proto__":{}}'))).toBe(false);
  });

  it('takes a report of another feature set without its decision records', () => {
    const report = reportSchema.parse(full());
    expect(report.samples.length).toBeGreaterThan(0);
    expect(ofThisFeatureSet(report)).toBe(report);
    const [sample] = report.samples;
    const features = Buffer.alloc(20 * sample!.endpoints).toString('base64');
    const older = { ...report, samples: [{ ...sample!, features }, sample!] };
    expect(isWhole(older)).toBe(true);
    expect(ofThisFeatureSet(older)).toEqual({ ...report, samples: [sample] });
    const crooked = Buffer.alloc(20 * sample!.endpoints + 1).toString('base64');
    const { error } = reportSchema.safeParse({ ...report, samples: [{ ...sample!, features: crooked }] });
    expect(error?.issues[0]).toMatchObject({ path: ['samples', 0, 'features'] });
  });

  it('does not guess at schemas that it does not know', () => {
    expect(() => compile(z.object({ when: z.date() }))).toThrow('type date');
    expect(() => compile(z.string().regex(/a/))).toThrow('checks of type string_format');
  });
});
