import { describe, expect, it } from 'vitest';
import {
  A,
  ADDRESSES,
  API,
  B,
  modelBase64,
  runAnswered,
  serve,
  startClient,
  sum,
} from './support/fixtures.js';

describe('Envoy statistics', () => {
  it('count requests and where they went', async () => {
    const host = await startClient({ endpoints: { [API]: [A, B] } });
    for (let n = 0; n < 30; n++) serve(host);
    for (let n = 0; n < 3; n++) serve(host, { cluster: 'unknown', upstream: A });
    serve(host, { status: 500 });
    serve(host, { responseHeaders: { 'x-weir-load': 'x' } });
    runAnswered(host, 2500);
    const counters = [
      'requests',
      'steered',
      'fallback',
      'errors',
      'bad_load_headers',
      'served_not_chosen',
      'report_failures',
    ];
    const read = Object.fromEntries(counters.map((name) => [name, host.metric(`weir.${name}`)]));
    expect(read).toMatchObject({ errors: 1, bad_load_headers: 1, served_not_chosen: 0, report_failures: 0 });
    expect(read['requests']).toBe(35);
    expect(read['steered']! + read['fallback']!).toBe(35);
    expect(read['fallback']).toBeGreaterThanOrEqual(1);
    expect(host.metric('weir.reports')).toBe(3);
  });

  it('show choices and weights of each endpoint', async () => {
    const host = await startClient({
      policy: 'weighted-round-robin',
      endpoints: { [API]: [{ address: A, weight: 3 }, B] },
    });
    runAnswered(host, 200);
    for (let n = 0; n < 40; n++) serve(host);
    runAnswered(host, 1200);
    expect(host.metric(`weir.chosen.${API}.${A}`)).toBe(30);
    expect(host.metric(`weir.chosen.${API}.${B}`)).toBe(10);
    // 1000 is the fair share.
    expect(host.metric(`weir.weight.${API}.${A}`)).toBe(1500);
    expect(host.metric(`weir.weight.${API}.${B}`)).toBe(500);
  });

  it('keep choices where nobody takes reports', async () => {
    const host = await startClient({ report: undefined });
    for (let n = 0; n < 40; n++) serve(host);
    host.advance(2200);
    expect(sum(ADDRESSES.map((address) => host.metric(`weir.chosen.${API}.${address}`)))).toBe(40);
  });

  it('time about one decision in 64', async () => {
    const host = await startClient({ policy: 'actor', model: modelBase64() });
    let timed = 0;
    for (let n = 0; n < 3200; n++) {
      const stream = host.request({}, { cluster: API });
      timed += stream.calls('proxy_on_request_headers').includes('record_metric') ? 1 : 0;
      stream.finish();
    }
    // Binomial with p = 1/64: mean 50, standard deviation 7; the first decision records the model besides.
    expect(timed).toBeGreaterThan(20);
    expect(timed).toBeLessThan(80);
  });
});

describe('the user of a request', () => {
  const headers = { 'x-user-id': 'ada' };

  it('is named in the filter state by a hash', async () => {
    const host = await startClient({ tracing: { userHeader: 'X-User-Id' } });
    const name = serve(host, { headers }).property('weir.user');
    expect(name).toMatch(/^[0-9a-f]{8}$/);
    expect(serve(host, { headers }).property('weir.user')).toBe(name);
    expect(serve(host, { headers: { 'x-user-id': 'bob' } }).property('weir.user')).not.toBe(name);
  });

  it('is named as it is where the operator says so, at most 256 bytes of it', async () => {
    const host = await startClient({ tracing: { userHeader: 'x-user-id', hashUser: false } });
    expect(serve(host, { headers }).property('weir.user')).toBe('ada');
    expect(serve(host, { headers: { 'x-user-id': 'x'.repeat(1000) } }).property('weir.user')).toBe(
      'x'.repeat(256),
    );
  });

  it('is named by the header that tells classes apart, too', async () => {
    const host = await startClient({
      classes: { by: 'header:x-user-id' },
      tracing: { userHeader: 'x-user-id', hashUser: false },
    });
    expect(serve(host, { headers }).property('weir.user')).toBe('ada');
  });

  it('is not named where the request has none or tracing is not asked for', async () => {
    const traced = await startClient({ tracing: { userHeader: 'x-user-id' } });
    expect(serve(traced).property('weir.user')).toBeUndefined();
    expect(serve(await startClient(), { headers }).property('weir.user')).toBeUndefined();
  });

  it('does not leak into the name of the decision', async () => {
    const host = await startClient({ tracing: { userHeader: 'x-user-id', hashUser: false } });
    expect(serve(host, { headers }).property('weir.decision')).toMatch(/^[\d.]+:\d+,/);
  });

  it('is named even while the filter is off', async () => {
    const host = await startClient({ mode: 'off', tracing: { userHeader: 'x-user-id', hashUser: false } });
    expect(serve(host, { headers }).property('weir.user')).toBe('ada');
  });
});

/** Of a model file in base64: bytes 24 to 40. */
const idOf = (model: string): string => Buffer.from(model, 'base64').subarray(24, 40).toString('hex');

describe('the decision on a request', () => {
  it('is named in the filter state as it is written for Envoy, with the model that made it', async () => {
    const host = await startClient({ policy: 'actor', model: modelBase64(), tracing: {} });
    const stream = serve(host);
    const [list, model] = stream.property('weir.decision')!.split('|');
    expect(list).toBe(stream.endpoints.join(','));
    expect(model).toBe(idOf(modelBase64()));
  });

  it('has the candidate where that made it', async () => {
    const candidate = { model: modelBase64({ seed: 99 }), share: 1 };
    const host = await startClient({ policy: 'actor', model: modelBase64(), candidate, tracing: {} });
    expect(serve(host).property('weir.decision')!.split('|')[1]).toBe(idOf(candidate.model));
  });

  it('has no model where a policy without one decided', async () => {
    const host = await startClient({ policy: 'round-robin', tracing: {} });
    expect(serve(host).property('weir.decision')).toMatch(/^[\d.:,]+$/);
  });

  it('is not named where nothing was steered, or tracing is not asked for', async () => {
    const shadow = await startClient({ policy: 'round-robin', mode: 'shadow', tracing: {} });
    expect(serve(shadow).property('weir.decision')).toBeUndefined();
    expect(serve(await startClient({ policy: 'round-robin' })).property('weir.decision')).toBeUndefined();
  });
});
