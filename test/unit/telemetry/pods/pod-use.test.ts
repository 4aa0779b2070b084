import type { PodMetric } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import {
  addressesOf,
  podUse,
  type Pod,
  type PodContainer,
} from '../../../../trainer/telemetry/pods/pod-use.js';

type Amounts = Readonly<Record<string, string>>;

const container = (name: string, limits?: Amounts, requests?: Amounts): PodContainer => ({
  name,
  resources: { ...(limits && { limits }), ...(requests && { requests }) },
});
const pod = (containers: PodContainer[], more: object = {}): Pod => ({
  metadata: { namespace: 'shop', name: 'api-1' },
  spec: { containers, ...more },
});
const metrics = (used: Readonly<Record<string, readonly [cpu: string, memory: string]>>, more = {}) =>
  ({
    metadata: { namespace: 'shop', name: 'api-1' },
    ...{ timestamp: '2026-01-02T03:04:05Z', window: '15s' },
    containers: Object.entries(used).map(([name, [cpu, memory]]) => ({ name, usage: { cpu, memory } })),
    ...more,
  }) as PodMetric;

const LIMITS = { cpu: '500m', memory: '256Mi' };

describe('what a pod uses', () => {
  it('is a share of the limits of its containers', () => {
    const use = podUse(pod([container('app', LIMITS)]), metrics({ app: ['125000000n', '65536Ki'] }));
    expect(use).toEqual({
      ...{ pod: 'shop/api-1', measuredAt: Date.UTC(2026, 0, 2, 3, 4, 5), windowMs: 15_000 },
      cpu: { value: 0.25, isOfLimits: true },
      memory: { value: 0.25, isOfLimits: true },
    });
  });

  it('is one of requests where a container has no limit, and says so', () => {
    const containers = [
      container('app', { memory: '1Gi' }, { cpu: '250m', memory: '1Mi' }),
      container('log', LIMITS),
    ];
    const use = podUse(pod(containers), metrics({ app: ['250m', '512Mi'], log: ['125m', '0'] }));
    expect(use.cpu).toEqual({ value: 0.5, isOfLimits: false });
    expect(use.memory).toEqual({ value: 0.4, isOfLimits: true });
  });

  it('is at most all', () => {
    const use = podUse(pod([container('app', undefined, LIMITS)]), metrics({ app: ['2', '1Gi'] }));
    expect(use).toMatchObject({ cpu: { value: 1 }, memory: { value: 1 } });
  });

  it('leaves out containers that state nothing, and those of which nothing is measured yet', () => {
    const containers = [container('app', LIMITS), container('free'), container('new', LIMITS)];
    const use = podUse(pod(containers), metrics({ app: ['250m', '64Mi'], free: ['3', '9Gi'] }));
    expect(use.cpu).toEqual({ value: 0.5, isOfLimits: true });
    const none = podUse(pod([container('app')]), metrics({ app: ['1', '1Gi'] }));
    expect(Object.keys(none).sort()).toEqual(['measuredAt', 'pod', 'windowMs']);
  });

  it("has nothing of Istio's sidecar, wherever that stands, unless it is all there is", () => {
    const proxy = { ...container('istio-proxy', { cpu: '2', memory: '1Gi' }), restartPolicy: 'Always' };
    const used = metrics({ app: ['450m', '64Mi'], 'istio-proxy': ['100m', '64Mi'] });
    const app = container('app', LIMITS);
    expect(podUse(pod([app, proxy]), used).cpu?.value).toBeCloseTo(0.9);
    expect(podUse(pod([app], { initContainers: [proxy] }), used).cpu?.value).toBeCloseTo(0.9);
    expect(podUse(pod([proxy]), used).cpu?.value).toBeCloseTo(0.05);
  });

  it('has that of other sidecars, and nothing of what ran before', () => {
    const used = metrics({ app: ['450m', '1Mi'], side: ['50m', '1Mi'], init: ['1', '1Mi'] });
    const initContainers = [
      { ...container('side', { cpu: '500m' }), restartPolicy: 'Always' },
      container('init', { cpu: '1' }),
    ];
    expect(podUse(pod([container('app', LIMITS)], { initContainers }), used).cpu?.value).toBeCloseTo(0.5);
  });

  it.each([
    ['a quantity', metrics({ app: ['much', '1Mi'] }), /^pod shop\/api-1: "much" is not a quantity$/],
    ['a time', metrics({}, { timestamp: 'now' }), /^pod shop\/api-1: "now" is not a time$/],
    ['a window', metrics({}, { window: '15' }), /^pod shop\/api-1: "15" is not a duration$/],
  ])('is refused, by the name of the pod, where %s cannot be read', (_what, used, said) => {
    expect(() => podUse(pod([container('app', LIMITS)]), used)).toThrow(said);
  });
});

describe('addresses of a pod', () => {
  it('are all of its own, once', () => {
    const status = { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] };
    expect(addressesOf({ ...pod([]), status })).toEqual(['10.0.0.1', 'fd00::1']);
    expect(addressesOf(pod([]))).toEqual([]);
  });

  it('are none where it has those of its node', () => {
    expect(addressesOf({ ...pod([], { hostNetwork: true }), status: { podIP: '10.0.0.1' } })).toEqual([]);
  });
});
