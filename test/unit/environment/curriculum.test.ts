import { describe, expect, it } from 'vitest';
import { curriculumOf, fixedScenarios, trainingFamilies } from '../../../trainer/environment/curriculum.js';
import { familyNames } from '../../../trainer/environment/generate.js';
import { createRandom } from '../../../trainer/environment/random.js';
import { validateScenario } from '../../../trainer/environment/scenario.js';

describe('the curriculum', () => {
  it('draws from every family for training, evenly, and from no other', () => {
    const random = createRandom(1);
    const families = familyNames('training');
    const DRAWS = 60 * families.length;
    const seen = new Map(families.map((family) => [family, 0]));
    for (let i = 0; i < DRAWS; i++) {
      const { name } = trainingFamilies(random);
      const family = families.find((of) => name === of || name.startsWith(`${of}-`));
      expect(family, name).toBeDefined();
      seen.set(family!, seen.get(family!)! + 1);
    }
    // 60 each, with a standard deviation of less than sqrt(60) = 7.7; 5 of these for the most extreme of all families.
    for (const [family, count] of seen) expect(Math.abs(count - 60), family).toBeLessThan(5 * 7.8);
  });

  it('never draws a scenario of those that are validated on', () => {
    const random = createRandom(2);
    const validation = familyNames('validation');
    for (let i = 0; i < 100; i++) {
      const { name } = trainingFamilies(random);
      expect(
        validation.some((family) => name.startsWith(`${family}-`)),
        name,
      ).toBe(false);
      // Numbers below 1000 are those of the suite.
      expect(Number(/\d+$/.exec(name)![0])).toBeGreaterThanOrEqual(1000);
    }
  });

  it('draws the same for the same seed', () => {
    const draw = (seed: number) =>
      Array.from({ length: 5 }, (_, i) => trainingFamilies(createRandom(seed + i)));
    expect(draw(3)).toEqual(draw(3));
    expect(draw(30)).not.toEqual(draw(3));
  });

  it('of given scenarios draws each of them, every time with another seed', () => {
    const given = ['a', 'b', 'c'].map((name) => validateScenario({ name, services: [{ name: 'api' }] }, 'x'));
    const random = createRandom(4);
    const drawn = Array.from({ length: 60 }, () => fixedScenarios(given)(random));
    expect(new Set(drawn.map(({ name }) => name))).toEqual(new Set(['a', 'b', 'c']));
    expect(new Set(drawn.map(({ seed }) => seed)).size).toBe(60);
    expect({ ...drawn[0], seed: given[0]!.seed, name: 'a' }).toEqual(given[0]);
  });

  it('of given scenarios mixes in the families for training at the share asked for', () => {
    const given = [validateScenario({ name: 'mine', services: [{ name: 'api' }] }, 'x')];
    const mine = (families: number) => {
      const curriculum = curriculumOf(given, families);
      const random = createRandom(5);
      return Array.from({ length: 200 }, () => curriculum(random)).filter(({ name }) => name === 'mine')
        .length;
    };
    expect(mine(0)).toBe(200);
    // Three standard deviations of 200 draws.
    expect(Math.abs(mine(0.5) - 100)).toBeLessThan(3 * Math.sqrt(200 / 4));
  });
});
