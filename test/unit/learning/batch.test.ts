import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTEXT, FEATURES } from '../../../trainer/actor/model.js';
import { HIDDEN } from '../../../trainer/environment/decisions.js';
import { toBatches } from '../../../trainer/learning/batch.js';
import { anyMade, experienceOf, type Made } from './support.js';

const endpoints = (count: number, weight = 0.5): Made => ({
  rows: Array.from({ length: count }, () => ({ weight })),
});
const eligible = ({ rows }: Made) => rows.filter(({ weight }) => weight! >= 0).length;
const group = ({ rows }: Made) => [8, 24, 256].findIndex((most) => rows.length <= most);

describe('batches', () => {
  it('hold every decision with a choice once, all of it where it belongs, and zeros around it', () => {
    fc.assert(
      fc.property(fc.array(fc.array(anyMade, { maxLength: 6 }), { maxLength: 3 }), (stretches) => {
        const experiences = stretches.map((made) => experienceOf(...made));
        const batches = toBatches(experiences);
        const expected = stretches.flatMap((made, s) =>
          made.flatMap((decision, index) => (eligible(decision) < 2 ? [] : [`${s}/${index}`])),
        );
        const seen: string[] = [];
        for (const batch of batches) {
          expect(batch.origin).toHaveLength(batch.decisions);
          expect(batch.features).toHaveLength(batch.decisions * batch.endpoints * FEATURES);
          for (const [d, { experience, index }] of batch.origin.entries()) {
            const s = experiences.indexOf(experience);
            const { rows, context, chosen } = stretches[s]![index]!;
            seen.push(`${s}/${index}`);
            const wrong: unknown[] = [];
            const same = (what: string, actual: number | undefined, wanted: number) => {
              if (actual !== Math.fround(wanted)) wrong.push([what, actual, wanted]);
            };
            for (let i = 0; i < CONTEXT; i++)
              same('context', batch.context[d * CONTEXT + i], context![i]! / 32);
            same('inverse', batch.inverse[d], 1 / rows.length);
            same('chosen', batch.chosen[d], chosen!);
            for (let e = 0; e < batch.endpoints; e++) {
              const cell = d * batch.endpoints + e;
              const row = rows[e];
              const can = row !== undefined && row.weight! >= 0;
              same('present', batch.present[cell], row ? 1 : 0);
              same('eligible', batch.eligible[cell], can ? 1 : 0);
              same('behaviour', batch.behaviour[cell], can ? row.weight! : 0);
              same('base', batch.base[cell], row?.base ?? 0);
              for (let i = 0; i < FEATURES; i++)
                same('features', batch.features[cell * FEATURES + i], (row?.features?.[i] ?? 0) / 32);
              for (let i = 0; i < HIDDEN; i++)
                same('hidden', batch.hidden[cell * HIDDEN + i], row?.hidden?.[i] ?? 0);
            }
            expect(wrong).toEqual([]);
          }
        }
        expect(seen.sort()).toEqual(expected.sort());
      }),
      { numRuns: 60 },
    );
  });

  it('are of small, middle and large fleets, each as wide as its widest', () => {
    const made = [endpoints(2), endpoints(8), endpoints(9), endpoints(24), endpoints(25), endpoints(3)];
    const batches = toBatches([experienceOf(...made)]);
    expect(batches.map(({ decisions, endpoints: wide }) => [decisions, wide])).toEqual([
      [3, 8],
      [2, 24],
      [1, 25],
    ]);
    for (const batch of batches)
      expect(new Set(batch.origin.map(({ index }) => group(made[index]!))).size).toBe(1);
  });

  it('leave out decisions without a choice: of one endpoint, or with one that could be chosen', () => {
    const one = { rows: [{ weight: 1 }, { weight: -1 }, { weight: -1 }] };
    expect(toBatches([experienceOf(endpoints(1), one, endpoints(4, -1))])).toEqual([]);
    expect(toBatches([])).toEqual([]);
    // One whose probability is 0 could be chosen still.
    expect(toBatches([experienceOf({ rows: [{ weight: 1 }, { weight: 0 }] })])).toHaveLength(1);
  });
});
