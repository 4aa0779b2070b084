// A copy of the memory is a copy of the mesh.
import { describe, expect, it } from 'vitest';
import { Simulator } from '../../../trainer/environment/simulator.js';
import { digest } from './digest.js';
import { MESHES } from './scenarios.js';
import { compiled, finished, POLICIES, simulator, textbook } from './support.js';

/** In the middle of faults, with retries and calls under way. */
const MOMENT_MS = 2_600;
const toEnd = (mesh: Simulator): string => {
  mesh.advance(Infinity);
  return digest(mesh);
};

describe.each(POLICIES)('a snapshot under %s', (policy) => {
  const scenario = MESHES.faults;
  const expected = digest(finished(scenario, policy));
  const half = () => {
    const mesh = simulator(scenario, policy);
    mesh.advance(MOMENT_MS);
    return mesh;
  };

  it('goes on as the original, in the same mesh, in a fresh one and in a fork', () => {
    const mesh = half();
    const snapshot = mesh.snapshot();
    const at = digest(mesh);
    const fork = mesh.fork();
    expect(digest(fork)).toBe(at);
    expect(toEnd(mesh)).toBe(expected);
    mesh.restore(snapshot);
    expect(digest(mesh)).toBe(at);
    expect(toEnd(mesh)).toBe(expected);
    expect(toEnd(fork)).toBe(expected);
    expect(toEnd(new Simulator(compiled, scenario, mesh.options, snapshot))).toBe(expected);
  });

  it('can be taken over by a mesh that has been elsewhere', () => {
    const other = finished(scenario, policy, { seed: 99 });
    other.restore(half().snapshot());
    expect(toEnd(other)).toBe(expected);
  });
});

describe('a fork', () => {
  it('is independent of the original: what one does the other does not see', () => {
    const mesh = simulator(MESHES.bursts, 'least-request');
    mesh.advance(500);
    const fork = mesh.fork();
    const before = digest(fork);
    // Other decisions in between: from here on the two differ.
    mesh.decide(1000);
    mesh.advance(2000);
    expect(digest(fork)).toBe(before);
    expect(toEnd(fork)).toBe(digest(finished(MESHES.bursts, 'least-request')));
    expect(toEnd(mesh)).not.toBe(digest(fork));
  });

  it('meets the same arrivals and work when it decides otherwise', () => {
    const mesh = simulator(MESHES.bursts, 'least-request');
    mesh.advance(500);
    const fork = mesh.fork();
    fork.decide(1000);
    for (let at = 600; at < 3000; at += 100) {
      mesh.advance(at);
      fork.advance(at);
      expect(fork.figure('arrived')).toBe(mesh.figure('arrived'));
    }
    expect(toEnd(fork)).not.toBe(toEnd(mesh));
  });
});

describe('memory', () => {
  /** More comes in than goes out: tens of thousands of jobs wait. */
  const overload = textbook(
    { endpoints: [{ workers: 1, count: 2 }] },
    { requests: 60_000, load: { utilisation: 3 } },
  );

  it('may grow between a snapshot and its return', () => {
    const mesh = simulator(overload, 'ewma-full');
    mesh.advance(1000);
    const snapshot = mesh.snapshot();
    const bytes = mesh.memoryBytes();
    const expected = toEnd(mesh);
    expect(mesh.memoryBytes()).toBeGreaterThan(2 * bytes);
    const late = mesh.snapshot();
    mesh.restore(snapshot);
    expect(mesh.memoryBytes()).toBe(bytes);
    expect(toEnd(mesh)).toBe(expected);
    // And the other way: into a smaller memory than the snapshot's.
    const fresh = simulator(overload, 'ewma-full');
    fresh.restore(late);
    expect(digest(fresh)).toBe(expected);
  });

  it('does not grow however often a mesh goes back', () => {
    const mesh = simulator(MESHES.faults, 'prequal');
    mesh.advance(MOMENT_MS);
    const snapshot = mesh.snapshot();
    for (let i = 0; i < 200; i++) {
      mesh.advance(MOMENT_MS + 200);
      mesh.restore(snapshot);
      expect(mesh.memoryBytes()).toBe(snapshot.length);
    }
    expect(Buffer.compare(mesh.snapshot(), snapshot)).toBe(0);
  });

  it('does not grow with the number of requests', () => {
    const of = (requests: number) => finished({ ...MESHES.plain, requests }, 'prequal').memoryBytes();
    expect(of(100_000)).toBe(of(5_000));
  });
});
