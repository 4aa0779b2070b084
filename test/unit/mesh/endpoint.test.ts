import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { validateScenario } from '../../../trainer/environment/scenario.js';
import { loadSimulator } from '../../../trainer/environment/simulator-file.js';
import { Workload } from '../../../trainer/environment/workload.js';
import { AppHost } from '../../../trainer/mesh/apps/app-host.js';

const hosts: AppHost[] = [];
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});

async function listen(raw: object) {
  const host = new AppHost(validateScenario(raw, 'test.json'));
  hosts.push(host);
  const ports = await host.listen();
  const get = (name: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${ports[name]}/`, { headers });
  return { host, ports, get };
}

describe('an application endpoint', () => {
  it('says who served and what its load is', async () => {
    const { get } = await listen({ services: [{ name: 'api', endpoints: [{ count: 2 }] }] });
    const answer = await get('api-1', { 'x-job-ms': '1' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-served-by')).toBe('api-1');
    expect(answer.headers.get('endpoint-load-metrics')).toMatch(
      /^TEXT cpu_utilization=0\.\d+, mem_utilization=0\.\d+, rps_fractional=\d+\.\d+$/,
    );
  });

  it('takes the job time of the request divided by its speed', async () => {
    const { get } = await listen({ services: [{ name: 'api', endpoints: [{ speed: 0.5 }] }] });
    const begin = performance.now();
    await get('api-0', { 'x-job-ms': '40' });
    expect(performance.now() - begin).toBeGreaterThanOrEqual(79);
  });

  it('answers 503 when its queue is full', async () => {
    const { get } = await listen({ services: [{ name: 'api', endpoints: [{ workers: 1 }], queueLimit: 1 }] });
    const answers = await Promise.all([1, 2, 3].map(() => get('api-0', { 'x-job-ms': '50' })));
    expect(answers.map((a) => a.status).sort()).toEqual([200, 200, 503]);
  });

  it('fails by its error rate', async () => {
    const { get } = await listen({ services: [{ name: 'api', errorRate: 1 }] });
    expect((await get('api-0')).status).toBe(500);
  });

  it('breaks connections while it is down and comes back', async () => {
    const faults = [{ kind: 'down', service: 'api', endpoint: 0, toSeconds: 0.2 }];
    const { host, get } = await listen({ services: [{ name: 'api' }], faults });
    host.start();
    await expect(get('api-0')).rejects.toThrow();
    await vi.waitFor(async () => expect((await get('api-0', { 'x-job-ms': '1' })).status).toBe(200), 5000);
  });

  it('takes the time of the job that the request names, and another one each time where it names none', async () => {
    const services = [{ name: 'api', serviceTime: { kind: 'empirical', samplesMs: [1, 80] } }];
    const { get } = await listen({ services });
    const workload = new Workload(loadSimulator(), validateScenario({ services }, 'test.json'));
    const took = async (headers: Record<string, string>) => {
      const begin = performance.now();
      await get('api-0', headers);
      return performance.now() - begin;
    };
    let long = workload.next();
    while (long.ms < 80) long = workload.next();
    expect(await took({ 'x-job-id': long.key })).toBeGreaterThanOrEqual(79);
    const times = [];
    while (times.length < 100 && new Set(times.map((ms) => ms > 79)).size < 2) times.push(await took({}));
    expect(new Set(times.map((ms) => ms > 79)).size).toBe(2);
  });

  it('makes the calls of the job, through the addresses it was told', async () => {
    const services = [
      {
        name: 'web',
        serviceTime: { kind: 'deterministic', meanMs: 1 },
        calls: [{ service: 'db', probability: 0.5 }, { service: 'db' }],
      },
      { name: 'db', serviceTime: { kind: 'deterministic', meanMs: 2 } },
    ];
    const { host, ports, get } = await listen({ services });
    host.setOutbound({ 'web-0': { db: `127.0.0.1:${ports['db-0']}` } });
    const workload = new Workload(loadSimulator(), validateScenario({ services }, 'test.json'));
    const counts = new Set<number>();
    while (counts.size < 2) {
      const { key } = workload.next();
      const made = [0, 1].filter((call) => workload.call('web', key, call));
      const answer = await get('web-0', { 'x-job-id': key });
      expect(answer.headers.get('x-served-by')).toBe(['web-0', ...made.map(() => 'db-0')].join(', '));
      counts.add(made.length);
    }
  });

  it('gives up a call after the timeout of the scenario', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const services = [{ name: 'web', calls: [{ service: 'db' }] }, { name: 'db' }];
    const { host, get } = await listen({ services, timeoutMs: 100 });
    host.setOutbound({ 'web-0': { db: `127.0.0.1:${(silent.address() as AddressInfo).port}` } });
    expect((await get('web-0', { 'x-job-ms': '1' })).status).toBe(502);
    silent.close();
    silent.closeAllConnections();
  });

  it('answers 502 when a service that it calls fails', async () => {
    const { get } = await listen({ services: [{ name: 'web', calls: [{ service: 'db' }] }, { name: 'db' }] });
    expect((await get('web-0', { 'x-job-ms': '1' })).status).toBe(502);
  });
});
