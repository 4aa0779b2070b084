import fc from 'fast-check';
import { check } from 'prettier';
import { describe, expect, it } from 'vitest';
import { formatJson } from '../../../trainer/environment/format.js';
import { familyNames, generateScenario } from '../../../trainer/environment/generate.js';

/** As .prettierrc.json has it. */
const isPretty = (text: string) => check(text, { parser: 'json', printWidth: 110 });

describe('formatJson', () => {
  it('leaves nothing to do for Prettier, whatever the scenario', async () => {
    const property = fc.asyncProperty(
      fc.constantFrom(...familyNames()),
      fc.nat({ max: 1e6 }),
      async (family, seed) => {
        const scenario = generateScenario(family, seed);
        const text = formatJson(scenario);
        expect(JSON.parse(text)).toEqual(scenario);
        expect(await isPretty(text), text).toBe(true);
      },
    );
    await fc.assert(property, { numRuns: 200, seed: 1 });
  });

  it('breaks what does not fit, and lists of objects', async () => {
    const numbers = Array.from({ length: 60 }, (_, i) => i * 1000);
    const value = {
      short: { a: [1, 2], b: {} },
      list: [{ one: 1 }, { one: 2 }],
      records: [
        { a: 1, b: 2 },
        { a: 3, b: 4 },
      ],
      long: { text: 'x'.repeat(90), other: [numbers, []], none: undefined },
      numbers,
    };
    const text = formatJson(value);
    expect(text).toContain(
      '\n  "short": { "a": [1, 2], "b": {} },\n  "list": [{ "one": 1 }, { "one": 2 }],\n',
    );
    expect(text).toContain('\n  "records": [\n    { "a": 1, "b": 2 },\n    { "a": 3, "b": 4 }\n  ],\n');
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    expect(await isPretty(text)).toBe(true);
  });
});
