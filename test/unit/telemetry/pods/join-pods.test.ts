import { describe, expect, it } from 'vitest';
import { Fleet } from '../../../../trainer/telemetry/fleet.js';
import { joinPods } from '../../../../trainer/telemetry/pods/join-pods.js';
import { marked } from '../../../../trainer/telemetry/pods/mark.js';
import type { KnownPod, PodSource } from '../../../../trainer/telemetry/pods/pod-source.js';
import type { Report } from '../../../../trainer/telemetry/report.js';
import { answerOf, report } from '../reports.js';

const A = '10.0.0.1:80';
const UNTIL = 60_000;
const known = (cpu: number | undefined, memory?: number): KnownPod => ({
  ...{ pod: 'shop/api-1', at: 0, until: UNTIL, windowMs: 15_000 },
  ...(cpu !== undefined && { cpu: { value: cpu, isOfLimits: true } }),
  ...(memory !== undefined && { memory: { value: memory, isOfLimits: true } }),
});
const source = (pods: Readonly<Record<string, KnownPod>>): PodSource => ({
  of: (ip, now) => (pods[ip] !== undefined && now <= pods[ip].until ? pods[ip] : undefined),
  ...{ pods: () => 0, ageMs: () => 0, close: () => undefined },
});
const API = source({ '10.0.0.1': known(0.5, 0.25) });
const NONE = source({});

/** As take() of reports-route.ts does. */
function take(
  fleet: Fleet,
  seq: number,
  server: object | undefined,
  pods: PodSource,
  now: number,
  proxy = 'p',
) {
  const one: Report = report(proxy, seq, { api: { [A]: { requests: 1, ...(server && { server }) } } });
  joinPods(one, pods, now);
  fleet.accept(one, now);
  return {
    told: answerOf(fleet, one, now).clusters[0]!.endpoints[0]!,
    shown: fleet.view(now).clusters[0]!.endpoints[0]!,
    joined: one.clusters[0]!.endpoints[0]!,
  };
}

describe('a pod whose server says nothing of its cpu and memory', () => {
  it('speaks for it, with a load header or without any', () => {
    for (const server of [undefined, { inFlight: 3, ageMs: 20 }, { inFlight: 3, ageMs: 40_000 }]) {
      const { told, shown } = take(new Fleet(), 1, server, API, 1000);
      expect(told).toMatchObject({ cpu: marked(0.5), memory: marked(0.25) });
      expect(shown).toMatchObject({ cpu: 0.5, memory: 0.25 });
    }
  });

  it('is found by address, in brackets or without', () => {
    const pods = source({ 'fd00::1': known(0.5) });
    const one = report('p', 1, { api: { '[fd00::1]:80': {}, '10.0.0.2:80': {} } });
    joinPods(one, pods, 0);
    expect(one.clusters[0]!.endpoints.map(({ pod }) => pod?.cpu)).toEqual([0.5, undefined]);
  });

  it('counts for longer than a server would, and not for ever', () => {
    const fleet = new Fleet(60_000);
    take(fleet, 1, undefined, API, 1000);
    const cpu = (now: number) => fleet.view(now).clusters[0]?.endpoints[0]?.cpu;
    const later = report('q', 1, { api: { [A]: {} } }, { intervalMs: 60_000 });
    fleet.accept(later, 2000);
    expect(cpu(50_000)).toBe(0.5);
    expect(cpu(UNTIL + 1)).toBeUndefined();
  });
});

describe('a server that says it', () => {
  it('counts first, each figure by itself', () => {
    const { told, joined } = take(new Fleet(), 1, { cpu: 0.7, ageMs: 20 }, API, 1000);
    expect(told).toMatchObject({ cpu: 0.7, memory: marked(0.25) });
    expect(joined.pod).not.toHaveProperty('cpu');
  });

  it('does so for all proxies, whichever of them heard it', () => {
    const fleet = new Fleet();
    take(fleet, 1, { cpu: 0.7, ageMs: 20 }, API, 1000);
    expect(take(fleet, 1, undefined, API, 1100, 'q').told.cpu).toBe(0.7);
  });

  it('counts no more once it has been silent for ten seconds', () => {
    expect(take(new Fleet(), 1, { cpu: 0.7, ageMs: 10_001 }, API, 1000).shown.cpu).toBe(0.5);
    expect(take(new Fleet(), 1, { cpu: 0.7, ageMs: 9999 }, API, 1000).shown.cpu).toBe(0.7);
  });
});

describe('what a sidecar was told of a pod and hands back as if its server had said it', () => {
  const back = { cpu: marked(0.5), memory: marked(0.25), inFlight: 1, ageMs: 20 };

  it('gives way to what the pod uses now, also to a trainer that has just started', () => {
    const now = source({ '10.0.0.1': known(0.9, 0.3) });
    const { told, joined } = take(new Fleet(), 7, back, now, 1000);
    expect(told).toMatchObject({ cpu: marked(0.9), memory: marked(0.3) });
    expect(joined.server).toEqual({ inFlight: 1, ageMs: 20 });
  });

  it('is taken back where nothing is known any more, and shown to nobody', () => {
    const fleet = new Fleet();
    const { told, shown } = take(fleet, 1, back, NONE, 1000);
    expect(told).toMatchObject({ cpu: 0, memory: 0 });
    expect(shown).not.toHaveProperty('cpu');
    expect(shown).not.toHaveProperty('memory');
    // The filter says nothing of what it holds for 0.
    const later = take(fleet, 2, { inFlight: 1, ageMs: 20 }, NONE, 12_000);
    expect(later.told).not.toHaveProperty('cpu');
  });
});
