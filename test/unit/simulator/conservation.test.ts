// What holds on every run, whatever the policy: nothing is lost, and Little's law.
import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../../trainer/environment/simulator.js';
import { MESH_NAMES, MESHES } from './scenarios.js';
import { expectSame, finished, ofEndpoints, POLICIES, simulator, sum } from './support.js';

const cases = MESH_NAMES.flatMap((name) => POLICIES.map((policy) => [name, policy] as const));
const ENDINGS = ['answered', 'failed', 'overflow', 'unreachable', 'broken', 'timeout'] as const;
const endings = (mesh: Simulator) => sum(ENDINGS.map((ending) => mesh.figure(ending)));
const inFlight = (mesh: Simulator) =>
  sum(mesh.scenario.services.flatMap((_, service) => ofEndpoints(mesh, 'inFlight', service)));

describe.each(cases)('%s under %s', (name, policy) => {
  const scenario = MESHES[name];
  const mesh = finished(scenario, policy);

  it('ends every request in one way, and keeps nothing', () => {
    expect(mesh.figure('arrived')).toBe(scenario.requests + scenario.warmup);
    expect(mesh.figure('ended')).toBe(mesh.figure('arrived'));
    expect(endings(mesh)).toBe(scenario.requests);
    expect(mesh.figure('jobsInUse')).toBe(0);
    expect(inFlight(mesh)).toBe(0);
  });

  it("keeps Little's law: the integral of those in the system is the sum of their times", () => {
    expectSame(mesh.figure('inSystemArea') / mesh.figure('sojournSum'), 1);
  });

  it('uses no slot twice', () => {
    for (const [service, { endpoints }] of scenario.services.entries()) {
      const slots = endpoints.flatMap(({ workers, count }) => new Array<number>(count).fill(workers));
      const [busy, jobs] = (['busyArea', 'jobsArea'] as const).map((area) =>
        ofEndpoints(mesh, area, service),
      );
      for (const [i, workers] of slots.entries()) {
        expect(busy![i]!).toBeLessThanOrEqual(workers * mesh.figure('now') * (1 + 1e-12));
        expect(jobs![i]!).toBeGreaterThanOrEqual(busy![i]! * (1 - 1e-12));
      }
    }
  });
});

describe.each(POLICIES)('a run under %s', (policy) => {
  it("keeps Little's law at the endpoints: their jobs are there for all but the way", () => {
    const mesh = finished(MESHES.bursts, policy);
    expect(mesh.figure('answered')).toBe(MESHES.bursts.requests);
    const wayMs = 2 * MESHES.bursts.networkMs * mesh.figure('arrived');
    expectSame(sum(ofEndpoints(mesh, 'jobsArea')) / (mesh.figure('sojournSum') - wayMs), 1);
  });

  it('has at any time what came in and did not go out, no more and no less', () => {
    const mesh = simulator(MESHES.bursts, policy);
    const near = simulator(MESHES.blind, policy);
    for (let at = 50; mesh.advance(at); at += 50) {
      // One service, and nobody gives up: a job is a request.
      expect(mesh.figure('jobsInUse')).toBe(mesh.figure('arrived') - mesh.figure('ended'));
      expect(inFlight(mesh)).toBeLessThanOrEqual(mesh.figure('jobsInUse'));
      // Without a way to go all of them are at the endpoints.
      near.advance(at);
      expect(inFlight(near)).toBe(near.figure('arrived') - near.figure('ended'));
    }
  });
});
