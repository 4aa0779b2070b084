import { describe, expect, it } from 'vitest';
import { ago, count, ms, percent, rate } from '../../../trainer/dashboard/text/format.js';
import { hashOf, parseRoute, titleOf } from '../../../trainer/dashboard/text/route.js';
import { entryOf, isOf, serviceOf } from '../../../trainer/dashboard/text/service.js';

describe('numbers', () => {
  it('have their unit and three digits or so', () => {
    expect([0, 0.004, 0.42, 8.37, 31.44, 312.4, 999.7, 1840, 62_757].map((value) => ms(value))).toEqual([
      ...['0 ms', '<0.01 ms', '0.42 ms', '8.37 ms', '31.4 ms', '312 ms', '1.0 s', '1.8 s', '63 s'],
    ]);
    expect([0, 0.0004, 0.012, 0.5, 0.9996, 1].map((share) => percent(share))).toEqual([
      '0%',
      '<0.1%',
      '1.2%',
      '50%',
      '99.9%',
      '100%',
    ]);
    expect([0.4, 3, 840.2, 12_400, 3.1e6].map((value) => count(value))).toEqual([
      '0.4',
      '3',
      '840',
      '12.4k',
      '3.1M',
    ]);
    expect(rate(81.74)).toBe('81.7/s');
    expect([3000, 300_000, 7_200_000].map(ago)).toEqual(['3 s', '5 min', '2 h']);
  });

  it('that are not known are a dash', () => {
    for (const format of [ms, percent, count, rate])
      expect([null, undefined, NaN].map((value) => format(value))).toEqual(['–', '–', '–']);
  });
});

describe('the address', () => {
  it('leads to a view and back', () => {
    const hash = hashOf('service', 'api/v2 ä', { window: '15m', order: '', endpoint: undefined });
    expect(hash).toBe('#/service/api%2Fv2%20%C3%A4?window=15m');
    expect(parseRoute(hash)).toEqual({ view: 'service', name: 'api/v2 ä', query: { window: '15m' } });
  });

  it('has the title of what it shows', () => {
    const titles = ['', '#/service/api?window=15m', `#/trace/${'1234567890abcdef'.repeat(2)}`].map((hash) =>
      titleOf(parseRoute(hash)),
    );
    expect(titles).toEqual(['Overview', 'Service api', 'Trace 12345678']);
  });

  it.each(['', '#', '#/', '#/nowhere', '#/%E0%A4%A'])('leads to the overview from %s', (hash) => {
    expect(parseRoute(hash).view).toBe('overview');
  });
});

describe('clusters and services', () => {
  const istio = 'outbound|8080||api.default.svc.cluster.local';

  it('go by the same name', () => {
    expect(serviceOf(istio)).toBe('api.default');
    expect([isOf(istio, 'api.default'), isOf(istio, 'api'), isOf('api', 'api'), isOf('api', 'db')]).toEqual([
      ...[true, true, true, false],
    ]);
  });

  it('that requests come in at are those that only callers from outside call', () => {
    const edge = (from: string, to: string, rps = 1) => ({ from, to, rps });
    expect(entryOf([edge('web', 'db', 9), edge('client', 'web', 3), edge('cron', 'db', 1)])).toBe('web');
    expect(entryOf([])).toBeUndefined();
  });
});
