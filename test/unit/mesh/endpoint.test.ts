import { afterEach, describe, expect, it, vi } from 'vitest';
import { validateScenario } from '../../../trainer/environment/scenario.js';
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

  it('calls other services through the addresses it was told, with the same jobs for the same request', async () => {
    const services = [
      { name: 'web', calls: [{ service: 'db' }, { service: 'db' }] },
      { name: 'db', serviceTime: { kind: 'deterministic', meanMs: 2 } },
    ];
    const { host, ports, get } = await listen({ services });
    host.setOutbound({ 'web-0': { db: `127.0.0.1:${ports['db-0']}` } });
    const answer = await get('web-0', { 'x-job-ms': '1', 'x-job-id': '17' });
    expect(answer.headers.get('x-served-by')).toBe('web-0, db-0, db-0');
  });

  it('answers 502 when a service that it calls fails', async () => {
    const { get } = await listen({ services: [{ name: 'web', calls: [{ service: 'db' }] }, { name: 'db' }] });
    expect((await get('web-0', { 'x-job-ms': '1' })).status).toBe(502);
  });
});
