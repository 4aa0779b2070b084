import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layered } from '../../../trainer/dashboard/text/layout.js';

const edges = (...pairs: string[]) => pairs.map((pair) => ({ from: pair[0]!, to: pair[1]! }));

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

describe('the layout of the graph', () => {
  it('puts every service right of all that call it', () => {
    const calls = edges('ab', 'ac', 'bd', 'cd', 'ad');
    const places = layered(['a', 'b', 'c', 'd'], calls);
    for (const { from, to } of calls) expect(places.get(to)!.x).toBeGreaterThan(places.get(from)!.x);
  });

  it('puts every service below all that call it where there is little room', () => {
    const calls = edges('ab', 'ac', 'bd', 'cd', 'ad');
    const places = layered(['a', 'b', 'c', 'd'], calls, true);
    for (const { from, to } of calls) expect(places.get(to)!.y).toBeGreaterThan(places.get(from)!.y);
    expect(places.get('b')!.y).toBe(places.get('c')!.y);
  });

  it('stands circles, calls to oneself and to services that are not there', () => {
    const places = layered(['a', 'b'], edges('ab', 'ba', 'aa', 'az'));
    expect(places.size).toBe(2);
    expect(places.get('b')!.x).toBeGreaterThan(places.get('a')!.x);
  });

  it('is the same whatever the order of what is given, and never puts two on one place', () => {
    const name = fc.constantFrom(...NAMES);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, name), { maxLength: 20 }), (pairs) => {
        const calls = pairs.map(([from, to]) => ({ from, to }));
        const places = layered(NAMES, calls);
        expect(new Set([...places.values()].map(({ x, y }) => `${x} ${y}`)).size).toBe(8);
        expect(layered([...NAMES].reverse(), [...calls].reverse())).toEqual(places);
      }),
    );
  });
});
