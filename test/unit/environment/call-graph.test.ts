import { describe, expect, it } from 'vitest';
import { findCycle, levelsLeavesFirst } from '../../../trainer/environment/call-graph.js';

const graph = (edges: Record<string, string[]>) => new Map(Object.entries(edges));

describe('the call graph', () => {
  it('starts services after those they call', () => {
    const diamond = graph({ web: ['api', 'auth'], api: ['db'], auth: ['db'], db: [] });
    expect(levelsLeavesFirst(diamond)).toEqual([['db'], ['api', 'auth'], ['web']]);
  });

  it('finds a cycle, also of one service with itself', () => {
    expect(findCycle(graph({ a: ['b'], b: ['c'], c: ['b'] }))).toEqual(['b', 'c', 'b']);
    expect(findCycle(graph({ a: ['a'] }))).toEqual(['a', 'a']);
    expect(findCycle(graph({ web: ['api', 'auth'], api: ['db'], auth: ['db'], db: [] }))).toBeUndefined();
  });
});
