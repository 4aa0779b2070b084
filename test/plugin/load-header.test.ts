import { describe, expect, it } from 'vitest';
import { A, endpointOf, nextReport, serve, startClient } from './support/fixtures.js';
import type { ReportedEndpoint } from '../../trainer/telemetry/report.js';

const ONE = { endpoints: { api: [A] } };

/** What the report says of the server after one response with these headers. */
async function heard(responseHeaders: Record<string, string>): Promise<[ReportedEndpoint['server'], number]> {
  const host = await startClient(ONE);
  const stream = serve(host, { responseHeaders });
  expect(stream.responseHeaders).not.toHaveProperty('x-weir-load');
  const report = nextReport(host);
  return [endpointOf(report, A).server, report.counters['badLoadHeaders']!];
}

function orca(fields: Record<number, number>): string {
  const parts = Object.entries(fields).map(([field, value]) => {
    const bytes = Buffer.alloc(9, (Number(field) << 3) | 1);
    bytes.writeDoubleLE(value, 1);
    return bytes;
  });
  return Buffer.concat(parts).toString('base64');
}

describe('x-weir-load', () => {
  it('is read and kept from the caller', async () => {
    const [server, bad] = await heard({ 'x-weir-load': 'q=3;w=3500;t=12500;r=41000;c=420;m=610' });
    expect(server).toMatchObject({ inFlight: 3, work: 3.5, timeMs: 12.5, rps: 41, cpu: 0.42, memory: 0.61 });
    expect(bad).toBe(0);
  });

  it('may hold keys that are not known yet', async () => {
    const [server, bad] = await heard({ 'x-weir-load': 'q=1;zz=5;new=7;t=1000' });
    expect(server).toMatchObject({ inFlight: 1, timeMs: 1 });
    expect(bad).toBe(0);
  });

  it.each([
    '',
    'q',
    'q=',
    'q=-1',
    'q=1.5',
    '=1',
    'q=1;w',
    'w=1',
    'q=x',
    `q=${'9'.repeat(13)}`,
    'q=1;'.repeat(100),
    'ü',
  ])('of %j is ignored, removed and counted', async (value) => {
    const [server, bad] = await heard({ 'x-weir-load': value });
    expect(server).toBeUndefined();
    expect(bad).toBe(1);
  });

  it('is removed in every mode and of clusters that are not balanced', async () => {
    for (const changes of [{ mode: 'off' }, { mode: 'shadow' }, { clusters: ['other'] }]) {
      const host = await startClient(changes);
      const stream = serve(host, {
        upstream: A,
        responseHeaders: { 'x-weir-load': 'q=1', 'x-app': 'stays' },
      });
      expect(Object.keys(stream.responseHeaders)).toEqual([':status', 'x-app']);
    }
  });

  it('wins over what the application says of the same', async () => {
    const [server] = await heard({
      'x-weir-load': 'q=1;c=250',
      'endpoint-load-metrics': 'TEXT cpu_utilization=0.75, mem_utilization=0.5',
    });
    expect(server).toMatchObject({ cpu: 0.25, memory: 0.5 });
  });
});

describe('ORCA', () => {
  const forms: [string, Record<string, string>][] = [
    ['text', { 'endpoint-load-metrics': 'TEXT cpu_utilization=0.3, mem_utilization=0.8, rps_fractional=10' }],
    [
      'text without its name',
      { 'endpoint-load-metrics': 'cpu_utilization=0.3,mem_utilization=0.8,x.y=-3,rps_fractional=1e1' },
    ],
    [
      'JSON',
      {
        'endpoint-load-metrics':
          'JSON {"cpu_utilization":0.3,"named_metrics":{"a":[1]},"mem_utilization":0.8,"rps_fractional":10}',
      },
    ],
    [
      'JSON in camel case',
      { 'endpoint-load-metrics': 'JSON {"cpuUtilization":0.3,"memUtilization":0.8,"rpsFractional":10}' },
    ],
    ['binary in the plain header', { 'endpoint-load-metrics': `BIN ${orca({ 1: 0.3, 2: 0.8, 6: 10 })}` }],
    ['binary in its own header', { 'endpoint-load-metrics-bin': orca({ 1: 0.3, 2: 0.8, 6: 10 }) }],
    [
      'binary without padding',
      { 'endpoint-load-metrics-bin': orca({ 1: 0.3, 2: 0.8, 6: 10 }).replace(/=/g, '') },
    ],
  ];

  it.each(forms)('is read as %s', async (_name, headers) => {
    const [server, bad] = await heard({ 'x-weir-load': 'q=1', ...headers });
    expect(server).toMatchObject({ cpu: 0.3, memory: 0.8, rps: 10 });
    expect(bad).toBe(0);
  });

  const wrong: Record<string, string>[] = [
    { 'endpoint-load-metrics': 'TEXT cpu_utilization' },
    { 'endpoint-load-metrics': 'TEXT cpu_utilization=0.5, mem_utilization=x' },
    { 'endpoint-load-metrics': 'JSON {"cpu_utilization":0.5' },
    { 'endpoint-load-metrics': 'JSON [1]' },
    { 'endpoint-load-metrics': 'BIN *' },
    { 'endpoint-load-metrics-bin': Buffer.from([0x09, 1, 2]).toString('base64') },
    // A length of 2^31 - 1: must not lead out of the message.
    {
      'endpoint-load-metrics-bin': Buffer.from([0x42, 0xff, 0xff, 0xff, 0xff, 0x07, 0x09]).toString('base64'),
    },
    { 'endpoint-load-metrics': 'x'.repeat(5000) },
  ];

  it.each(wrong)('is ignored as a whole and counted: %j', async (headers) => {
    const [server, bad] = await heard({ 'x-weir-load': 'q=1', ...headers });
    expect(server).not.toHaveProperty('cpu');
    expect(bad).toBe(1);
  });

  it('never makes more of a utilisation than four', async () => {
    const [server] = await heard({
      'x-weir-load': 'q=1',
      'endpoint-load-metrics': 'TEXT cpu_utilization=1e8',
    });
    expect(server).toMatchObject({ cpu: 4 });
  });
});
