import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { untrainedModel } from '../../../trainer/actor/untrained.js';
import { createResourceClient } from '../../../trainer/publish/kubernetes/resource-client.js';
import { RefusedError } from '../../../trainer/publish/publisher.js';
import { HTTP_ROUTE, VIRTUAL_SERVICE } from '../../../trainer/publish/route-weights/formats.js';
import { routeResource } from '../../../trainer/publish/route-weights/route.js';
import { RouteWeights } from '../../../trainer/publish/route-weights/route-weights.js';
import { Fleet } from '../../../trainer/telemetry/fleet.js';
import { binOf } from '../../../trainer/telemetry/sketch.js';
import { address, freshCore } from '../core/support.js';
import { ApiServer } from './support/api-server.js';
import { report } from './support/reports.js';
import { VirtualTime } from './support/virtual-time.js';

const PLACE = { namespace: 'shop', name: 'cart' };
const KINDS = [
  {
    format: VIRTUAL_SERVICE,
    at: '/apis/networking.istio.io/v1/namespaces/shop/virtualservices/cart',
    names: ['cart/v1', 'cart/v2'],
    spec: (first?: number, second?: number) => ({
      hosts: ['cart'],
      http: [
        {
          name: 'static',
          match: [{ uri: { prefix: '/static' } }],
          route: [{ destination: { host: 'files' } }],
        },
        {
          name: 'cart',
          timeout: '3s',
          route: [
            {
              destination: { host: 'cart', subset: 'v1' },
              weight: first,
              headers: { request: { set: { a: 'b' } } },
            },
            { destination: { host: 'cart', subset: 'v2' }, weight: second },
          ],
        },
      ],
    }),
  },
  {
    format: HTTP_ROUTE,
    at: '/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/cart',
    names: ['cart-v1', 'cart-v2'],
    spec: (first?: number, second?: number) => ({
      parentRefs: [{ name: 'gateway' }],
      rules: [
        { name: 'static', backendRefs: [{ name: 'files', port: 80 }] },
        {
          name: 'cart',
          backendRefs: [
            { name: 'cart-v1', port: 80, weight: first, filters: [{ type: 'X' }] },
            { name: 'cart-v2', port: 80, weight: second },
          ],
        },
      ],
    }),
  },
];

let server: ApiServer;
let open: RouteWeights | undefined;
beforeEach(async () => {
  server = await new ApiServer().start();
});
afterEach(async () => {
  await open?.close();
  open = undefined;
  await server.stop();
});

const json = (value: unknown) => JSON.stringify(value);

describe.each(KINDS)('the weights in a $format.type.kind', ({ format, at, names, spec }) => {
  const route = (rule?: string, wanted = names) =>
    routeResource(
      createResourceClient(server.kubeConfig(), 1000),
      format,
      { ...PLACE, ...(rule ? { rule } : {}) },
      wanted,
    );

  it('are read and written, and every other byte stays', async () => {
    server.applyAs('kubectl', at, spec(50, 50));
    const found = await route().read();
    expect(found.entries.map(({ name, weight }) => [name, weight])).toEqual(names.map((name) => [name, 50]));
    await route().write(found, [70, 30]);
    expect(json(server.object(at).spec)).toBe(json(spec(70, 30)));
    const { contentType, query } = server.calls.at(-1);
    expect([contentType, query.get('fieldManager')]).toEqual(['application/json-patch+json', 'weir-trainer']);
  });

  it('are written where there were none', async () => {
    server.applyAs('kubectl', at, spec());
    await route().write(await route().read(), [70, 30]);
    expect(server.object(at).spec).toEqual(spec(70, 30));
  });

  it('are not written over a change that came in between', async () => {
    server.applyAs('kubectl', at, spec(50, 50));
    const found = await route().read();
    server.applyAs('kubectl', at, spec(10, 90));
    await expect(route().write(found, [70, 30])).rejects.toMatchObject({ name: 'PassingError' });
    expect(server.object(at).spec).toEqual(spec(10, 90));
  });

  it('are not given to another destination that came in the place', async () => {
    server.applyAs('kubectl', at, spec(50, 50));
    const found = await route().read();
    const swapped = json(spec(50, 50)).replaceAll(/v1|v2/g, (name) => (name === 'v1' ? 'v2' : 'v1'));
    server.applyAs('kubectl', at, JSON.parse(swapped));
    await expect(route().write(found, [70, 30])).rejects.toThrow('changed meanwhile');
    expect(json(server.object(at).spec)).toBe(swapped);
  });

  it('are those of the rule that is named', async () => {
    server.applyAs('kubectl', at, spec(60, 40));
    expect((await route('cart').read()).entries.map(({ weight }) => weight)).toEqual([60, 40]);
    await expect(route('none').read()).rejects.toThrow('0 rules named none, must be one');
    await expect(route('static').read()).rejects.toThrow(
      `rule static has the destinations files, not ${names.join(', ')}`,
    );
  });

  it('are refused where no rule has exactly these destinations', async () => {
    server.applyAs('kubectl', at, spec(50, 50));
    const attempt = route(undefined, [...names, 'third']).read();
    await expect(attempt).rejects.toThrow(RefusedError);
    await expect(attempt).rejects.toThrow(`0 rules with exactly ${names.join(', ')}, third`);
  });
});

describe('a route that follows the fleet', () => {
  const [{ at, names, spec }] = KINDS as [(typeof KINDS)[0]];
  const [v1, v2] = [address(1), address(2)];
  let time: VirtualTime;
  let fleet: Fleet;
  let seconds: number;

  beforeEach(() => {
    time = new VirtualTime();
    fleet = new Fleet();
    seconds = 0;
  });

  function start(everySeconds = 10): RouteWeights {
    const client = createResourceClient(server.kubeConfig(), 1000);
    open = new RouteWeights(
      {
        name: 'cart',
        range: { min: 0.2, max: 4, step: 5, maxMove: 10 },
        everySeconds,
        destinations: names,
        endpointsOf: (name) => [name === 'cart/v1' ? v1 : v2],
      },
      { route: routeResource(client, VIRTUAL_SERVICE, PLACE, names), fleet, core: freshCore(), timing: time },
    );
    return open;
  }

  /** Seconds of traffic, in which the two answer in about so many ms; the noise is that of a few dozen requests. */
  async function run(lasting: number, first: number, second: number): Promise<void> {
    for (let i = 0; i < lasting; i++) {
      seconds += 1;
      const endpoint = (at: string, ms: number, phase: number) => {
        const around = [0.6, 0.8, 1, 1.3, 2.5].map(
          (f) => f * ms * (1 + 0.15 * Math.sin(7 * seconds + phase)),
        );
        const latency = around.map((value, k) => [binOf(value), 10 - k]).sort(([a], [b]) => a! - b!);
        return { address: at, requests: 40, inFlight: Math.round(ms / 25), latency };
      };
      fleet.accept(report(seconds, [endpoint(v1, first, 0), endpoint(v2, second, 2)]), time.now());
      await time.until(() => time.isWaitedFor, 0);
      time.pass(1000);
      await time.until(() => time.isWaitedFor, 0);
    }
  }
  const weights = () => {
    const { http } = server.object(at).spec as { http: { route: { weight: number }[] }[] };
    return http[1]!.route.map(({ weight }) => weight);
  };

  it('moves traffic from what became slow, no faster than allowed, and back', async () => {
    server.applyAs('kubectl', at, spec(50, 50));
    const route = start();
    await route.serve({ current: untrainedModel() });
    await run(12, 20, 20);
    expect(weights()).toEqual([50, 50]);
    await run(10, 20, 200);
    expect(weights()).toEqual([60, 40]);
    await run(120, 20, 200);
    expect(weights()[0]).toBeGreaterThanOrEqual(85);
    await run(200, 20, 20);
    expect(Math.abs(weights()[0]! - 50)).toBeLessThanOrEqual(5);
  });

  it('stays where it is while only noise moves', async () => {
    server.applyAs('kubectl', at, spec(50, 50));
    const route = start();
    await route.serve({ current: untrainedModel() });
    await run(300, 20, 20);
    expect(route.targets[0]).toMatchObject({ moves: 0, updates: 0, lastError: undefined });
    expect(server.calls.filter(({ method }) => method === 'PATCH')).toHaveLength(0);
    expect(server.calls.length).toBeLessThanOrEqual(30);
  });

  it('comes to rest where latency follows load', async () => {
    server.applyAs('kubectl', at, spec(50, 50));
    const route = start();
    await route.serve({ current: untrainedModel() });
    // Two servers of 100 and 50 requests a second (M/M/1) under 110: each update in full would swing for ever.
    const latency = (capacity: number, weight: number) => 1000 / Math.max(5, capacity - 1.1 * weight);
    const follow = async (updates: number) => {
      const before = route.targets[0]!.moves;
      for (let i = 0; i < 10 * updates; i++)
        await run(1, latency(100, weights()[0]!), latency(50, weights()[1]!));
      return (route.targets[0]!.moves - before) / updates;
    };
    await follow(10);
    expect(await follow(30)).toBeLessThan(5);
    expect(weights()[0]).toBeGreaterThanOrEqual(60);
    expect(weights()[0]).toBeLessThanOrEqual(75);
  });

  it('counts its moves, and says what it serves', async () => {
    server.applyAs('kubectl', at, spec(50, 50));
    const model = untrainedModel();
    const route = start();
    await route.serve({ current: model });
    expect(route.targets[0]).toMatchObject({ published: undefined, pendingSince: 0 });
    await run(11, 20, 200);
    const state = { published: model.id, pendingSince: undefined, moves: 20, updates: 1 };
    expect(route.targets[0]).toMatchObject({ ...state, weights: { 'cart/v1': 60, 'cart/v2': 40 } });
  });

  it('takes weights of any sum for what they are', async () => {
    server.applyAs('kubectl', at, spec(1, 1));
    const route = start();
    await route.serve({ current: untrainedModel() });
    await run(11, 20, 20);
    expect(weights()).toEqual([1, 1]);
    await run(10, 20, 200);
    expect(weights()).toEqual([60, 40]);
  });

  it('keeps its hands off without a model, and where the fleet says nothing', async () => {
    server.applyAs('kubectl', at, spec(50, 50));
    const route = start();
    await run(20, 20, 200);
    expect(server.calls).toEqual([]);
    fleet = new Fleet();
    await route.close();
    const blind = start();
    await blind.serve({ current: untrainedModel() });
    for (let i = 0; i < 20; i++) {
      await time.until(() => time.isWaitedFor, 0);
      time.pass(1000);
      await time.until(() => time.isWaitedFor, 0);
    }
    expect(blind.targets[0]?.lastError).toBe('cart: the fleet has said nothing of its endpoints yet');
    expect(weights()).toEqual([50, 50]);
  });

  it('goes on after an API server that was away', async () => {
    server.applyAs('kubectl', at, spec(50, 50));
    const route = start();
    await route.serve({ current: untrainedModel() });
    server.fault = () => 'reset';
    await run(120, 20, 200);
    expect(route.targets[0]?.lastError).toContain('VirtualService shop/cart');
    const { length } = server.calls;
    expect(length).toBeLessThan(15);
    server.fault = () => undefined;
    await run(31, 20, 200);
    expect(route.targets[0]?.lastError).toBeUndefined();
    expect(weights()[0]).toBeGreaterThanOrEqual(60);
  });
});
