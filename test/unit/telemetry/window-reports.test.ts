import { describe, expect, it } from 'vitest';
import { ReportWindows } from '../../../trainer/telemetry/window-reports.js';
import { report } from './reports.js';

const A = '10.0.0.1:80';
const model = (id: string, requests: number, bin: number, errors = 0) => ({
  id,
  requests,
  errors,
  latency: [[bin, requests]],
});

describe('windows over reports', () => {
  it('tell models apart, over all proxies and by proxy, since a time', () => {
    const windows = new ReportWindows();
    windows.add(report('p1', 1, {}, { models: [model('old', 100, 40)] }), 5000);
    windows.add(report('p1', 2, {}, { models: [model('old', 10, 40), model('new', 2, 30, 1)] }), 15_000);
    windows.add(report('p2', 1, {}, { models: [model('new', 3, 50)] }), 25_000);
    const models = windows.models(10_000);
    expect([...models].map(([id, { requests, errors }]) => [id, requests, errors])).toEqual([
      ['old', 10, 0],
      ['new', 5, 1],
    ]);
    expect(models.get('new')!.latency.sparse()).toEqual([
      [30, 2],
      [50, 3],
    ]);
    const byProxy = windows.modelByProxy('new', 10_000);
    expect([...byProxy].map(([proxy, { requests }]) => [proxy, requests])).toEqual([
      ['p1', 2],
      ['p2', 3],
    ]);
    expect([...windows.modelByProxy('new', 20_000).keys()]).toEqual(['p2']);
  });

  it('keep per endpoint its counts and the means of what its server said', () => {
    const windows = new ReportWindows();
    const at = (seq: number, server: object) => ({
      api: { [A]: { requests: 4, errors: { http5xx: seq }, latency: [[40, 4]], server } },
    });
    windows.add(report('p1', 1, at(1, { timeMs: 10, cpu: 0.2, ageMs: 1 })), 1000);
    windows.add(report('p2', 1, at(2, { timeMs: 20, ageMs: 1 })), 2000);
    const tally = windows.endpoints('api', 0).get(A)!;
    expect(tally).toMatchObject({ requests: 8, errors: 3, server: { timeMs: 15, cpu: 0.2 } });
    expect(Object.keys(tally.server)).toEqual(['timeMs', 'cpu']);
    expect(tally.latency.count).toBe(8);
    expect(windows.endpoints('unheard', 0).size).toBe(0);
  });

  it('show an endpoint in slots of ten seconds and the load of a cluster by the second', () => {
    const windows = new ReportWindows();
    for (const at of [500, 2500, 2600, 25_000]) {
      windows.add(report('p1', at, { api: { [A]: { requests: 3 } } }), at);
    }
    expect(windows.endpointSeries('api', A, 0, 30_000).map(({ requests }) => requests)).toEqual([9, 0, 3]);
    expect(windows.arrivals('api', 0, 4000)).toEqual([3, 0, 6, 0]);
    expect(windows.clusters()).toEqual(['api']);
  });

  it('keep memory flat while proxies report for an hour', () => {
    const windows = new ReportWindows();
    const sizes: number[] = [];
    const proxies = Array.from({ length: 50 }, (_, i) =>
      report(
        `p${i}`,
        1,
        { api: { [A]: { requests: 3, latency: [[40 + (i % 16), 3]] } } },
        {
          models: [model('m', 3, 40 + (i % 16))],
        },
      ),
    );
    for (let at = 0; at < 3_600_000; at += 10_000) {
      proxies.forEach((each) => {
        windows.add(each, at);
      });
      sizes.push(windows.bytes);
    }
    expect(sizes.at(-1)).toBe(sizes[60]);
  });
});
