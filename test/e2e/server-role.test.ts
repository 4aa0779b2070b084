// The server role says how loaded it is, the client role of another Envoy reads it: two sidecars, as in a mesh.
import { expect, it } from 'vitest';
import type { EnvoyBinary } from '../../trainer/mesh/envoy/binary.js';
import type { ClientSidecar } from './support/client-sidecar.js';
import { actorConfiguration, policyConfiguration, REPORT } from './support/configuration.js';
import { describeWithEnvoy, ENVOY_VERSIONS } from './support/envoy-suite.js';
import { eventually } from './support/eventually.js';
import { sidecar, trainer, upstreams } from './support/parts.js';
import { reportsOf } from './support/received.js';
import type { Upstream } from './support/upstream.js';

const LOAD = 'x-weir-load';
const ORCA = 'TEXT cpu_utilization=0.42, mem_utilization=0.61, rps_fractional=12';

/** A sidecar before an application, which calls nobody. */
function serverSidecar(envoy: EnvoyBinary, app: Upstream, more: object = {}): Promise<ClientSidecar> {
  return sidecar({
    envoy,
    endpoints: [app.address],
    configuration: policyConfiguration('random', []),
    appPort: app.port,
    id: `server-${app.port}`,
    ...more,
  });
}

/** The fields of `q=3;w=3500;..`. */
function fields(header: string | null): Map<string, number> {
  expect(header).toMatch(/^[a-z]=\d+(;[a-z]=\d+)*$/);
  return new Map((header ?? '').split(';').map((pair) => [pair[0]!, Number(pair.slice(2))]));
}

for (const version of ENVOY_VERSIONS) {
  await describeWithEnvoy(version, (envoy) => {
    it.each([1, 2])(
      'counts the other requests in flight and times them, with %d workers',
      async (workers) => {
        // Workers tell each other with the next request, or within 100 ms.
        const delayMs = 250;
        const [app] = (await upstreams({ delayMs })) as [Upstream];
        const server = await serverSidecar(envoy, app, { workers });
        const url = `http://${server.sidecar.inbound}/`;
        const alone = fields((await fetch(url)).headers.get(LOAD));
        expect(alone.get('q')).toBe(0);
        const atOnce = 8;
        const burst = async (): Promise<Map<string, number>[]> => {
          const answers = await Promise.all(Array.from({ length: atOnce }, () => fetch(url)));
          return answers.map((answer) => fields(answer.headers.get(LOAD)));
        };
        // Workers meet each other within a second or two. All of a burst have arrived within one delay: who is answered first
        // leaves most of the others behind.
        const most = (loads: Map<string, number>[]): number =>
          Math.max(...loads.map((load) => load.get('q')!));
        const loads = await eventually(async () => {
          const loads = await burst();
          expect(most(loads)).toBeGreaterThanOrEqual(atOnce / 2);
          return loads;
        });
        expect(most(loads)).toBeLessThanOrEqual(atOnce - 1);
        for (const load of loads) {
          // Microseconds; later than the delay by what two busy cores take.
          expect(load.get('t')).toBeGreaterThanOrEqual(delayMs * 1000 * 0.95);
          expect(load.get('t')).toBeLessThan(delayMs * 1000 * 2);
          expect(load.get('r')).toBeGreaterThan(0);
          expect(load.has('c') || load.has('m')).toBe(false);
        }
        // Nothing is left behind.
        await eventually(async () => fields((await fetch(url)).headers.get(LOAD)).get('q') === 0);
        expect(Object.keys(app.lastHeaders).filter((name) => name.startsWith('x-weir-'))).toEqual([]);
      },
    );

    it('passes on what the application says of its load, and does not believe its x-weir-load', async () => {
      const [app] = (await upstreams({
        headers: { 'endpoint-load-metrics': ORCA, [LOAD]: 'q=77;c=990' },
      })) as [Upstream];
      const server = await serverSidecar(envoy, app);
      const { headers } = await fetch(`http://${server.sidecar.inbound}/`);
      expect(headers.get('endpoint-load-metrics')).toBe(ORCA);
      const load = fields(headers.get(LOAD));
      expect([load.get('q'), load.get('c'), load.get('m')]).toEqual([0, 420, 610]);
    });

    it('says nothing in mode off', async () => {
      const [app] = (await upstreams({})) as [Upstream];
      const server = await serverSidecar(envoy, app, {
        serverConfiguration: { role: 'server', mode: 'off' },
      });
      const answer = await fetch(`http://${server.sidecar.inbound}/`);
      expect([answer.status, answer.headers.has(LOAD)]).toEqual([200, false]);
    });

    it('tells the client sidecar, and the client sidecar the trainer', async () => {
      const apps = await upstreams(
        { delayMs: 20, headers: { 'endpoint-load-metrics': ORCA } },
        { delayMs: 20 },
      );
      const fake = await trainer();
      const servers = await Promise.all(apps.map((app) => serverSidecar(envoy, app)));
      const inbound = servers.map((server) => server.sidecar.inbound!);
      const client = await sidecar({
        envoy,
        endpoints: inbound,
        trainerPort: fake.port,
        configuration: actorConfiguration(inbound, { report: REPORT }),
      });
      expect((await client.send(100, { concurrency: 8 })).statuses).toEqual(new Map([[200, 100]]));
      expect((await fetch(`http://${client.address}/`)).headers.has(LOAD)).toBe(false);
      const server = (n: number) =>
        reportsOf(fake)
          .at(-1)
          ?.clusters[0]?.endpoints.find(({ address }) => address === inbound[n])?.server;
      await eventually(() => server(0) && server(1));
      expect(server(0)).toMatchObject({ cpu: 0.42, memory: 0.61 });
      expect(server(1)).not.toHaveProperty('cpu');
      for (const n of [0, 1]) {
        expect(server(n)?.timeMs).toBeGreaterThan(18);
        expect(server(n)?.timeMs).toBeLessThan(100);
        expect(server(n)?.inFlight).toBeLessThanOrEqual(8);
      }
      expect(await client.stat('wasmcustom.weir.bad_load_headers')).toBe(0);
    });

    it('answers the probes of Prequal itself, which the application never sees', async () => {
      const apps = await upstreams({ delayMs: 4 }, { delayMs: 4 });
      const servers = await Promise.all(apps.map((app) => serverSidecar(envoy, app)));
      const inbound = servers.map((server) => server.sidecar.inbound!);
      const client = await sidecar({
        envoy,
        endpoints: inbound,
        configuration: policyConfiguration('prequal', inbound, { report: REPORT }),
      });
      expect((await client.send(100, { concurrency: 4 })).statuses).toEqual(new Map([[200, 100]]));
      expect(apps.reduce((sum, app) => sum + app.requests, 0)).toBe(100);
      const arrived = await Promise.all(
        servers.map((server) => server.stat('http.inbound.downstream_rq_total')),
      );
      expect(arrived.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(100);
    });
  });
}
