import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../../trainer/actor/model-file.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';
import type { Decisions } from '../../../trainer/environment/decisions.js';
import { validateScenario, type Scenario } from '../../../trainer/environment/scenario.js';
import { loadSimulator } from '../../../trainer/environment/simulator-file.js';
import { TrainingMesh, type TrainingMeshOptions } from '../../../trainer/environment/training-mesh.js';

const fleet = (count: number, more: object = {}): Scenario =>
  validateScenario(
    { requests: 20_000, warmup: 0, services: [{ name: 'api', endpoints: [{ count }] }], ...more },
    'x',
  );
const served = (seed: number) =>
  ({ policy: 'actor', model: encodeModel(untrainedModel({ seed, scale: 2 })) }) as const;

function mesh(scenario: Scenario, options: Partial<TrainingMeshOptions> = {}): TrainingMesh {
  const defaults = { seed: 1, served: served(1), share: 0.5, rows: 2000, life: 10_000 };
  return new TrainingMesh(loadSimulator(), scenario, { ...defaults, ...options });
}

describe('a mesh to learn in', () => {
  it.each([3, 20, 150])(
    'hands over about so many rows a stretch, whatever the size of the fleet: %i',
    (count) => {
      const of = mesh(fleet(count, { requests: 1e6 }), { life: 1e6 });
      let rows = 0;
      const stretches = 20;
      for (let i = 0; i < stretches; i++) rows += of.advance(served(1), 1500).rows;
      // It ends a stretch from nine tenths on, and a step may bring a third more; the first ones find the step.
      expect(rows / stretches).toBeGreaterThan(0.85 * 1500);
      expect(rows / stretches).toBeLessThan(1.5 * 1500);
    },
  );

  it('hands over eight decisions of a large fleet, where rows alone would be fewer', () => {
    const of = mesh(fleet(200), { rows: 500 });
    for (let i = 0; i < 5; i++) expect(of.advance(served(1), 100).count).toBeGreaterThanOrEqual(7);
  });

  it('goes on where it was: numbers of decisions follow each other', () => {
    const of = mesh(fleet(5));
    let next = 0;
    for (let i = 0; i < 5; i++) {
      const { number, count } = of.advance(served(1), 500);
      expect([...number]).toEqual(Array.from({ length: count }, (_, d) => next + d));
      next += count;
    }
  });

  it('lets the network decide that it is given, from that moment on', () => {
    const run = (second: number) => {
      const of = mesh(fleet(5));
      return [of.advance(served(1), 400), of.advance(served(second), 400)] as [Decisions, Decisions];
    };
    const [one, two] = [run(1), run(2)];
    expect(one[0]).toEqual(two[0]);
    expect(one[1].weight).not.toEqual(two[1].weight);
  });

  it('is the same for the same seed, and another for another', () => {
    const of = (seed: number) => mesh(fleet(5), { seed }).advance(served(1), 400);
    expect(of(1)).toEqual(of(1));
    expect(of(2)).not.toEqual(of(1));
  });

  it('is over after its life, or the requests of its scenario if these are fewer', () => {
    const stretches = (life: number, requests: number) => {
      const of = mesh(fleet(5, { requests }), { life });
      let decisions = 0;
      while (!of.isOver) decisions += of.advance(served(1), 500).count;
      return decisions;
    };
    // Half of the decisions are kept, with a standard deviation of sqrt(n) / 2; the last stretch may go 100 beyond.
    const long = stretches(4000, 20_000);
    expect(Math.abs(long - 2000)).toBeLessThan(4 * 32 + 100);
    const short = stretches(4000, 1000);
    expect(Math.abs(short - 500)).toBeLessThan(4 * 16 + 100);
  });

  it('ends a stretch in which nothing happens', () => {
    // A trace that is silent for ever after its first moments would keep a step waiting.
    const pattern = { kind: 'trace', rates: [1000, 0, 0, 0, 0, 0, 0, 0, 0, 1000], stepSeconds: 10 };
    const of = mesh(fleet(2, { requests: 2000, load: { service: 'api', utilisation: 0.2, pattern } }));
    for (let i = 0; i < 200 && !of.isOver; i++) of.advance(served(1), 500);
    expect(of.isOver).toBe(true);
  });
});
