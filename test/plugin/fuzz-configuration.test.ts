import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../trainer/actor/model-file.js';
import { untrainedModel } from '../../trainer/actor/untrained.js';
import { API, ADDRESSES, clientConfig, modelBase64, serve, startClient } from './support/fixtures.js';
import type { MockHost } from './support/mock-host.js';
import { RUNS, expectAlive } from './support/survival.js';

const FULL = JSON.stringify(
  clientConfig({
    candidate: { model: modelBase64({ hidden1: 4, hidden2: 4 }), share: 0.5 },
    policy: 'actor',
    model: modelBase64({ hidden1: 4, hidden2: 4 }),
    clusters: [API],
    weights: { min: 0, max: 4, step: 0.5 },
    ejection: { consecutiveErrors: 5, baseMs: 1000, maxMs: 60000 },
    classes: { by: 'header:x-class', max: 8 },
    tracing: { userHeader: 'x-user', hashUser: true },
  }),
);

const token = fc.constantFrom(
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  ':',
  '\\',
  '\\u',
  '\\ud800',
  '1e999',
  '-',
  '0',
  'null',
  'true',
  '\u0000',
  'é',
  '1'.repeat(400),
);

/** A good configuration with pieces cut out, put in or doubled. */
const mutated = fc
  .array(fc.tuple(fc.nat(FULL.length), fc.nat(20), token), { minLength: 1, maxLength: 4 })
  .map((edits) =>
    edits.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), FULL),
  );

/** Accepts or rejects, in one line, and serves on. */
function configure(host: MockHost, text: string): void {
  host.logs.length = 0;
  const accepted = host.reconfigure(text);
  expect(host.logs.filter(({ level }) => level === 'error')).toHaveLength(accepted ? 0 : 1);
  expect(host.failures).toEqual([]);
  expect(host.machine().failed).toBe(false);
}

async function survives(texts: fc.Arbitrary<string>, numRuns: number = RUNS.numRuns): Promise<void> {
  const host = await startClient();
  fc.assert(
    fc.property(texts, (text) => configure(host, text)),
    { ...RUNS, numRuns },
  );
  expect(host.reconfigure(clientConfig())).toBe(true);
  // Endpoints that a mistake took away come back, and warm up.
  host.advance(5000);
  expect(serve(host, { upstream: ADDRESSES[0] }).endpoints).toHaveLength(3);
  expectAlive(host);
}

describe('any configuration is accepted or rejected without harm', () => {
  it('of random text', () => survives(fc.string({ unit: 'binary', maxLength: 200 })));
  it('of random JSON', () => survives(fc.json({ maxDepth: 5 })));
  it('of good JSON with mistakes in it', () => survives(mutated, 300));
  it('of values of wrong types', () => {
    const keys = fc.constantFrom(
      'role',
      'mode',
      'policy',
      'model',
      'candidate',
      'clusters',
      'endpoints',
      'weights',
      'ejection',
      'report',
      'classes',
      'tracing',
    );
    return survives(
      fc
        .tuple(keys, fc.jsonValue({ maxDepth: 4 }))
        .map(([key, value]) => JSON.stringify({ ...clientConfig(), [key]: value })),
    );
  });
  it('of huge numbers', () => {
    const number = fc
      .tuple(fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }), fc.integer({ min: -2000, max: 2000 }))
      .map(([m, e]) => `${m}e${e}`);
    return survives(number.map((value) => `{"role":"server","ejection":{"baseMs":${value}}}`));
  });
  it('of deep nesting', async () => {
    const host = await startClient();
    for (const open of ['[', '{"a":', '{"weights":', '[[{"x":']) configure(host, open.repeat(20_000));
    configure(host, `{"role":${'['.repeat(100_000)}`);
    expectAlive(host);
  });
  it('of endless strings and lists', async () => {
    const host = await startClient();
    configure(host, `{"role":"${'x'.repeat(200_000)}"}`);
    configure(host, `{"${'k'.repeat(200_000)}":1}`);
    configure(
      host,
      JSON.stringify(clientConfig({ clusters: Array.from({ length: 5000 }, (_, n) => `c${n}`) })),
    );
    const many = Array.from({ length: 2000 }, (_, n) => `10.0.${n >> 8}.${n & 255}:80`);
    configure(host, JSON.stringify(clientConfig({ endpoints: { [API]: many } })));
    expectAlive(host, 32 * 1024 * 1024);
  });
});

describe('any model file is accepted or rejected without harm', () => {
  const file = Buffer.from(encodeModel(untrainedModel({ hidden1: 8, hidden2: 4 })));
  const actor = (bytes: Buffer) =>
    JSON.stringify(clientConfig({ policy: 'actor', model: bytes.toString('base64') }));

  it('of random bytes', () =>
    survives(fc.uint8Array({ maxLength: 800 }).map((bytes) => actor(Buffer.from(bytes)))));

  it('of a good one with bytes flipped', async () => {
    const host = await startClient();
    const flips = fc.array(fc.tuple(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(flips, (changes) => {
        const bytes = Buffer.from(file);
        for (const [at, mask] of changes) bytes[at] = bytes[at]! ^ mask;
        configure(host, actor(bytes));
        // Two flips may undo each other.
        expect(host.logs.some(({ level }) => level === 'error')).toBe(!bytes.equals(file));
      }),
      RUNS,
    );
    expectAlive(host);
  });
});
