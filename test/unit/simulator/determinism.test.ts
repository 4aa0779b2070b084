// The same bits for the same seed, here and on any other machine, and the same workload for every policy.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { SimulatorPolicy } from '../../../trainer/environment/policies.js';
import { digest } from './digest.js';
import { MESH_NAMES, MESHES } from './scenarios.js';
import { attentive, expectSame, finished, ofEndpoints, POLICIES, run, simulator, sum } from './support.js';

const GOLDEN = fileURLToPath(new URL('../../golden/simulator.json', import.meta.url));

describe.each(POLICIES)('a run under %s', (policy) => {
  const scenario = MESHES.faults;

  it('repeats itself for a seed, and differs for another', () => {
    const once = run(scenario, policy);
    expect(run(scenario, policy)).toEqual(once);
    expect(run(scenario, policy, { seed: scenario.seed + 1 })).not.toEqual(once);
    // Both halves of a seed count.
    expect(run(scenario, policy, { seed: scenario.seed + 2 ** 32 })).not.toEqual(once);
  });

  it('is the same in one go and in many, watched or not', () => {
    const mesh = simulator(scenario, policy);
    for (let at = 7; mesh.advance(at); at += 37) {
      ofEndpoints(mesh, 'busyArea');
      mesh.figure('inSystemArea');
      mesh.advance(at - 5);
    }
    expect(digest(mesh)).toBe(digest(finished(scenario, policy)));
  });
});

describe('the workload', () => {
  it('comes at the same times under every policy', () => {
    const arrived = POLICIES.map((policy) => {
      const mesh = simulator(MESHES.faults, policy);
      return Array.from({ length: 40 }, (_, i) => (mesh.advance(i * 100), mesh.figure('arrived')));
    });
    for (const counts of arrived) expect(counts).toEqual(arrived[0]);
  });

  it('is the same work under every policy where nothing fails', () => {
    const speeds = [1, 1, 1, 0.4];
    const work = POLICIES.map((policy) => {
      const busy = ofEndpoints(finished(MESHES.bursts, policy), 'busyArea');
      return sum(busy.map((area, i) => area * speeds[i]!));
    });
    for (const each of work) expectSame(each / work[0]!, 1);
  });

  it('is the same whatever a proxy sees, and however many there are', () => {
    const { signals, ...rest } = MESHES.bursts;
    const blind = { ...rest, signals: { ...signals, serverLoad: false, fleetViewMs: 0 }, proxies: 1 };
    const requests = (scenario: typeof blind) =>
      sum(ofEndpoints(finished(scenario, 'source-hash'), 'requests'));
    expect(requests(blind)).toBe(requests(MESHES.bursts));
  });
});

describe('the golden runs', () => {
  const MANY: SimulatorPolicy[] = ['actor', 'prequal', 'ewma-full'];
  const runs = [
    ...POLICIES.map((policy) => ['faults', policy] as const),
    ...MESH_NAMES.flatMap((name) => MANY.map((policy) => [name, policy] as const)),
  ];

  it('are those of the golden file, bit by bit (UPDATE_GOLDEN=1 rewrites it)', () => {
    const digests = Object.fromEntries([
      ...runs.map(([name, policy]) => [`${name} ${policy}`, digest(finished(MESHES[name], policy))]),
      // The untrained model has a residual of zero: this one depends on every bit of the features.
      ...MESH_NAMES.map((name) => [
        `${name} actor, attentive`,
        digest(finished(MESHES[name], 'actor', { model: attentive })),
      ]),
    ]) as Record<string, string>;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, `${JSON.stringify(digests, null, 2)}\n`);
    expect(existsSync(GOLDEN)).toBe(true);
    expect(digests).toEqual(JSON.parse(readFileSync(GOLDEN, 'utf8')));
  });
});
