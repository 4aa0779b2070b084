import { describe, expect, it } from 'vitest';
import { API, clientConfig, modelBase64, serve, startClient, type Config } from './support/fixtures.js';
import { MockHost } from './support/mock-host.js';

const model = modelBase64();

/** The one line of a rejected configuration, without what is the same in all. */
async function rejectionOf(config: object | string): Promise<string> {
  const host = await startClient();
  host.logs.length = 0;
  const accepted = host.reconfigure(config);
  const lines = host.logs.filter(({ level }) => level === 'error');
  expect(host.failures).toEqual([]);
  if (accepted) return 'accepted';
  // The old configuration keeps serving.
  expect(serve(host).endpoints).toHaveLength(3);
  expect(lines).toHaveLength(1);
  expect(lines[0]!.message).not.toContain('\n');
  expect(lines[0]!.message).toMatch(/^weir: configuration rejected: /);
  return lines[0]!.message.replace('weir: configuration rejected: ', '');
}

const withKey = (key: string, value: unknown): Config => clientConfig({ [key]: value });

describe('a configuration is rejected by its path', () => {
  const cases: [string, string | object, string][] = [
    ['an empty one', '', 'configuration: expected a JSON object at byte 0'],
    ['a list', '[]', 'configuration: expected a JSON object at byte 0'],
    ['without a role', {}, 'role: required: "client" or "server"'],
    ['a role of a wrong type', { role: 1 }, 'role: expected a string at byte 8'],
    ['an unknown role', { role: 'proxy' }, 'role: expected one of client, server, got "proxy"'],
    ['an unknown key', withKey('foo', 1), 'foo: unknown key'],
    [
      'something behind it',
      `${JSON.stringify(clientConfig())}x`,
      'configuration: expected nothing after the object',
    ],
    ['a comma too many', '{"role":"client",}', 'role: expected valid JSON'],
    ['an unknown mode', withKey('mode', 'on'), 'mode: expected one of act, shadow, off, got "on"'],
    ['an unknown policy', withKey('policy', 'best'), 'policy: expected one of actor, random'],
    ['the actor without a model', { role: 'client' }, 'model: required by policy "actor"'],
    ['a model of a wrong type', withKey('model', 5), 'model: expected a base64 string'],
    ['a model that is no base64', withKey('model', '*'), 'model: not base64'],
    [
      'a candidate of another policy',
      withKey('candidate', { model, share: 0.1 }),
      'candidate: needs policy "actor"',
    ],
    ['a candidate without a model', withKey('candidate', { share: 0.1 }), 'candidate.model: required'],
    ['a candidate without a share', withKey('candidate', { model }), 'candidate.share: required'],
    [
      'a candidate with too much share',
      withKey('candidate', { model, share: 1.5 }),
      'candidate.share: expected a number from 0 to 1, got 1.5',
    ],
    ['a candidate with an unknown key', withKey('candidate', { models: 1 }), 'candidate.models: unknown key'],
    ['a candidate that is no object', withKey('candidate', []), 'candidate: expected a JSON object'],
    ['clusters that are no list', withKey('clusters', 'api'), 'clusters: expected a list'],
    ['a cluster that is no name', withKey('clusters', ['api', 1]), 'clusters: expected a string'],
    ['a cluster without a name', withKey('clusters', ['']), 'clusters: expected 1 to 512 characters, got 0'],
    ['endpoints that are a list', withKey('endpoints', []), 'endpoints: expected a JSON object'],
    [
      'endpoints of a cluster that are no list',
      withKey('endpoints', { api: {} }),
      'endpoints.api: expected a list',
    ],
    [
      'an endpoint without a port',
      withKey('endpoints', { api: ['10.0.0.1'] }),
      'endpoints.api: expected "ip:port", got "10.0.0.1"',
    ],
    [
      'an endpoint that is two',
      withKey('endpoints', { api: ['1.1.1.1:1,2.2.2.2:2'] }),
      'endpoints.api: expected "ip:port"',
    ],
    [
      'an endpoint without an address',
      withKey('endpoints', { api: [{ weight: 1 }] }),
      'endpoints.api: expected "ip:port", got ""',
    ],
    [
      'an endpoint with an unknown key',
      withKey('endpoints', { api: [{ addr: 'x' }] }),
      'endpoints.api.addr: unknown key',
    ],
    [
      'an endpoint with a weight of none',
      withKey('endpoints', { api: [{ address: 'a:1', weight: 0 }] }),
      'endpoints.api.weight: expected a number from 0.001 to 1000, got 0',
    ],
    [
      'an endpoint of a wrong type',
      withKey('endpoints', { api: [true] }),
      'endpoints.api: expected a JSON object',
    ],
    ['weights.min', withKey('weights', { min: -1 }), 'weights.min: expected a number from 0 to 1, got -1'],
    [
      'weights.max',
      withKey('weights', { max: 0.5 }),
      'weights.max: expected a number from 1 to 256, got 0.5',
    ],
    ['weights.step', withKey('weights', { step: '1' }), 'weights.step: expected a number'],
    ['an unknown weight', withKey('weights', { mean: 1 }), 'weights.mean: unknown key'],
    [
      'ejection.consecutiveErrors',
      withKey('ejection', { consecutiveErrors: 1.5 }),
      'ejection.consecutiveErrors: expected a whole number, got 1.5',
    ],
    [
      'no errors at all',
      withKey('ejection', { consecutiveErrors: 0 }),
      'ejection.consecutiveErrors: expected a number from 1 to 1000, got 0',
    ],
    [
      'ejection.baseMs',
      withKey('ejection', { baseMs: 0 }),
      'ejection.baseMs: expected a number from 1 to 3600000, got 0',
    ],
    ['ejection.maxMs', withKey('ejection', { maxMs: null }), 'ejection.maxMs: expected a number'],
    [
      'ejection.maxMs below baseMs',
      withKey('ejection', { baseMs: 100, maxMs: 50 }),
      'ejection.maxMs: must not be below ejection.baseMs',
    ],
    [
      'ejection.maxShare',
      withKey('ejection', { maxShare: 2 }),
      'ejection.maxShare: expected a number from 0 to 1, got 2',
    ],
    [
      'ejection.panicShare',
      withKey('ejection', { panicShare: -0.1 }),
      'ejection.panicShare: expected a number from 0 to 1, got -0.1',
    ],
    [
      'ejection.slowStartMs',
      withKey('ejection', { slowStartMs: -1 }),
      'ejection.slowStartMs: expected a number from 0 to 3600000, got -1',
    ],
    ['an unknown key of ejection', withKey('ejection', { base: 1 }), 'ejection.base: unknown key'],
    ['a report without a cluster', withKey('report', {}), 'report.cluster: required'],
    [
      'report.intervalMs',
      withKey('report', { cluster: 'a', intervalMs: 50 }),
      'report.intervalMs: expected a number from 100 to 60000, got 50',
    ],
    [
      'report.samples',
      withKey('report', { cluster: 'a', samples: 257 }),
      'report.samples: expected a number from 0 to 256, got 257',
    ],
    ['an unknown key of report', withKey('report', { cluster: 'a', url: 'b' }), 'report.url: unknown key'],
    [
      'classes.by',
      withKey('classes', { by: 'cookie' }),
      'classes.by: expected "path", "none" or "header:NAME", got "cookie"',
    ],
    ['classes.by without a name', withKey('classes', { by: 'header:' }), 'classes.by: expected "path"'],
    [
      'classes.max',
      withKey('classes', { max: 257 }),
      'classes.max: expected a number from 1 to 256, got 257',
    ],
    ['an unknown key of classes', withKey('classes', { of: 1 }), 'classes.of: unknown key'],
    [
      'tracing.userHeader',
      withKey('tracing', { userHeader: '' }),
      'tracing.userHeader: expected 1 to 128 characters, got 0',
    ],
    ['tracing.hashUser', withKey('tracing', { hashUser: 1 }), 'tracing.hashUser: expected true or false'],
    ['an unknown key of tracing', withKey('tracing', { user: 1 }), 'tracing.user: unknown key'],
    ['a number that is none', '{"role":"client","weights":{"min":01}}', 'weights.min: expected a number'],
    ['a number beyond all', '{"role":"client","weights":{"min":1e999}}', 'weights.min: expected a number'],
    [
      'a key with a line break',
      { role: 'client', 'a\nweir: all is well': 1 },
      'a?weir: all is well: unknown key',
    ],
    ['one of 257 KiB', `${JSON.stringify(clientConfig())}${' '.repeat(263_000)}`, 'configuration: 26'],
  ];

  it.each(cases)('%s', async (_name, config, message) => {
    expect(await rejectionOf(config)).toContain(message);
  });

  const twice: [string, string][] = [
    ['role', '{"role":"client","policy":"random","role":"server"}'],
    ['weights.min', '{"role":"client","weights":{"min":0,"min":1}}'],
    ['endpoints.a', '{"role":"client","endpoints":{"a":[],"a":[]}}'],
    ['endpoints.a.address', '{"role":"client","endpoints":{"a":[{"address":"a:1","address":"b:1"}]}}'],
    ['endpoints.a', '{"role":"client","endpoints":{"a":[{"address":"a:1"}],"a":[]}}'],
    ['role', '{"role":"client","policy":"random","endpoints":{"a":[{"address":"a:1"}]},"role":"server"}'],
    ['role', '{"role":"client","policy":"random","\\u0072ole":"server"}'],
  ];

  it.each(twice)('%s that is given twice: %s', async (path, config) => {
    expect(await rejectionOf(config)).toBe(`${path}: given twice`);
  });
});

describe('a configuration is accepted', () => {
  const good: [string, object | string][] = [
    [
      'with everything in it',
      clientConfig({
        mode: 'shadow',
        policy: 'actor',
        model,
        candidate: { model, share: 0 },
        clusters: [API],
        endpoints: {
          a: ['[::1]:80', { address: '10.0.0.1:80', weight: 2.5 }],
          b: [{ weight: 1, address: 'b:1' }, { address: 'c:1' }],
        },
        weights: { min: 0.1, max: 2, step: 0.25 },
        ejection: { consecutiveErrors: 1, baseMs: 1, maxMs: 1, maxShare: 0, panicShare: 1, slowStartMs: 0 },
        report: { cluster: 'x', intervalMs: 100, samples: 256 },
        classes: { by: 'header:X-Class', max: 1 },
        tracing: { userHeader: 'X-User', hashUser: false },
      }),
    ],
    ['with escapes and white space', '\n{ "r\\u006fle" : "client" ,\t"policy":"rand\\u006Fm" } \r\n'],
    ['of a server', { role: 'server' }],
    [
      'with numbers in every form',
      '{"role":"server","ejection":{"baseMs":1E3,"maxMs":6.0e+4,"maxShare":5e-1}}',
    ],
  ];

  it.each(good)('%s', async (_name, config) => {
    expect(await rejectionOf(config)).toBe('accepted');
  });

  it('in a VM that has seen nothing, by the same rules', async () => {
    expect(await MockHost.rejection({ config: clientConfig() })).toBeUndefined();
    expect(await MockHost.rejection({ config: withKey('foo', 1) })).toContain('foo: unknown key');
  });
});
