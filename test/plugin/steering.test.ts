import { describe, expect, it } from 'vitest';
import { PROXY_POLICIES } from '../../trainer/environment/policies.js';
import {
  ADDRESSES,
  API,
  choices,
  clientConfig,
  modelBase64,
  serve,
  startClient,
} from './support/fixtures.js';
import { MockHost } from './support/mock-host.js';

const POLICIES = PROXY_POLICIES.filter((policy) => policy !== 'actor');

describe('the ranked list', () => {
  it('names at most three distinct endpoints of the table, and every one of them first in turn', async () => {
    const host = await startClient();
    const first = new Set<string>();
    for (let n = 0; n < 200; n++) {
      const { endpoints } = host.request({}, { cluster: API }).finish();
      expect(endpoints).toHaveLength(3);
      expect(new Set(endpoints).size).toBe(3);
      for (const endpoint of endpoints) expect(ADDRESSES).toContain(endpoint);
      first.add(endpoints[0]!);
    }
    expect([...first].sort()).toEqual([...ADDRESSES]);
  });

  it('is as short as the table', async () => {
    const host = await startClient({ endpoints: { one: ['[::1]:80'], two: ['10.0.0.1:80', '10.0.0.2:80'] } });
    expect(host.request({}, { cluster: 'one' }).endpoints).toEqual(['[::1]:80']);
    expect(host.request({}, { cluster: 'two' }).endpoints).toHaveLength(2);
  });

  it.each(POLICIES)('is written by policy %s over all endpoints', async (policy) => {
    const host = await startClient({ policy });
    const chosen = new Set<string>();
    for (let n = 0; n < 60; n++) {
      const source = `10.1.0.${n}:4000`;
      const stream = serve(host, { source, headers: { ':path': `/${'x'.repeat(n)}` } });
      expect(ADDRESSES).toContain(stream.endpoints[0]);
      chosen.add(stream.endpoints[0]!);
    }
    expect(chosen.size).toBe(4);
    expect(host.failures).toEqual([]);
  });

  it('begins with the best of many endpoints in every decision of a sure actor, unless it is bounded', async () => {
    const endpoints = { [API]: Array.from({ length: 8 }, (_, i) => `10.0.0.${i}:80`) };
    const counts = async (weights: object) => {
      const host = await startClient({
        policy: 'actor',
        model: modelBase64({ temperature: 1e-3 }),
        endpoints,
        ...weights,
      });
      // Nobody answers: the best one is one that has the fewest.
      const chosen = Array.from({ length: 80 }, () => host.request({}, { cluster: API }).endpoints[0]);
      return endpoints[API].map((address) => chosen.filter((each) => each === address).length);
    };
    expect(await counts({})).toEqual(new Array(8).fill(10));
    expect(await counts({ weights: { max: 256 } })).toEqual(new Array(8).fill(10));
    expect(await counts({ weights: { max: 1 } })).not.toEqual(new Array(8).fill(10));
  });

  it('is written by the actor with an untrained model', async () => {
    const host = await startClient({ policy: 'actor', model: modelBase64() });
    const counts = choices(host, 400);
    expect([...counts.keys()].sort()).toEqual([...ADDRESSES]);
  });

  it('always names the same endpoint for the same caller with source-hash', async () => {
    const host = await startClient({ policy: 'source-hash' });
    const chosen = [4000, 4001, 4002].map((port) => serve(host, { source: `10.1.0.1:${port}` }).endpoints[0]);
    expect(new Set(chosen).size).toBe(1);
  });

  it('puts the endpoint with the fewest requests in flight first with least-request-full', async () => {
    const host = await startClient({ policy: 'least-request-full' });
    const chosen = ADDRESSES.map(() => host.request({}, { cluster: API }).endpoints[0]);
    expect(chosen.sort()).toEqual([...ADDRESSES]);
  });
});

describe('a request that is not steered', () => {
  it('goes on without a list where the cluster is unknown, and counts as fallback', async () => {
    const host = await startClient();
    expect(host.request({}, { cluster: 'other' }).endpoints).toEqual([]);
    host.advance(200);
    expect(host.metric('weir.fallback')).toBe(1);
    expect(host.metric('weir.requests')).toBe(1);
    expect(host.metric('weir.steered')).toBe(0);
  });

  it('goes on without a list where the route has no cluster', async () => {
    const host = await startClient();
    expect(host.request().endpoints).toEqual([]);
  });

  it('is not even counted where `clusters` does not name its cluster', async () => {
    const endpoints = { [API]: ADDRESSES, other: ['10.0.9.9:80'] };
    const host = await startClient({ clusters: [API], endpoints });
    expect(host.request({}, { cluster: API }).endpoints).toHaveLength(3);
    expect(host.request({}, { cluster: 'other' }).endpoints).toEqual([]);
    host.advance(200);
    expect(host.metric('weir.requests')).toBe(1);
  });

  it('passes an off filter untouched and uncounted', async () => {
    const host = await startClient({ mode: 'off' });
    const stream = serve(host);
    expect(stream.endpoints).toEqual([]);
    host.advance(200);
    expect(host.metric('weir.requests')).toBe(0);
  });

  it('needs no model while the filter is off', async () => {
    const host = await MockHost.start({ config: clientConfig({ policy: 'actor', mode: 'off' }) });
    expect(serve(host).endpoints).toEqual([]);
  });
});

describe('headers of a client', () => {
  const forged = {
    'x-weir-endpoint': '6.6.6.6:6',
    'x-weir-load': 'q=0',
    'x-weir-foo': 'bar',
    'x-other': 'stays',
  };

  it.each(['act', 'shadow', 'off'])('that begin with x-weir- are removed in mode %s', async (mode) => {
    const host = await startClient({ mode });
    const { requestHeaders } = host.request(forged, { cluster: API });
    const left = Object.keys(requestHeaders).filter((name) => name.startsWith('x-weir-'));
    expect(left).toEqual(mode === 'act' ? ['x-weir-endpoint'] : []);
    expect(requestHeaders['x-weir-endpoint'] ?? '').not.toContain('6.6.6.6');
    expect(requestHeaders['x-other']).toBe('stays');
  });

  it('that begin with x-weir- are removed in clusters that are not balanced', async () => {
    const host = await startClient({ clusters: [API] });
    for (const options of [{ cluster: 'other' }, {}]) {
      const names = Object.keys(host.request(forged, options).requestHeaders);
      expect(names.filter((name) => name.startsWith('x-weir-'))).toEqual([]);
    }
  });
});

describe('shadow mode', () => {
  it('decides and reports without a list and without requests in flight', async () => {
    const host = await startClient({ mode: 'shadow', policy: 'actor', model: modelBase64() });
    const stream = host.request({}, { cluster: API });
    expect(stream.endpoints).toEqual([]);
    host.advance(3).advance(1000);
    const calls = host.httpCalls.map((call) =>
      call.json<{ clusters: { endpoints: { chosen: number; inFlight: number }[] }[] }>(),
    );
    const endpoints = calls.flatMap(({ clusters }) => clusters.flatMap((cluster) => cluster.endpoints));
    expect(endpoints.reduce((total, { chosen }) => total + chosen, 0)).toBe(1);
    expect(endpoints.every(({ inFlight }) => inFlight === 0)).toBe(true);
    expect(host.metric('weir.steered')).toBe(0);
  });
});
