// The filter traps, which it never should: Envoy starts a new VM, and that one goes on where the other one was.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { actorConfiguration, REPORT } from './support/configuration.js';
import { describeWithEnvoy, ENVOY_VERSIONS } from './support/envoy-suite.js';
import { eventually } from './support/eventually.js';
import { addresses, sidecar, trainer, upstreams } from './support/parts.js';
import { lastInFlight, reportsOf } from './support/received.js';
import { buildTrappingPlugin } from './support/trapping-plugin.js';

const WORKERS = 2;
const TRAP = { 'x-stub-trap': '1' };

let folder: string;
let plugin: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-trap-'));
  plugin = join(folder, 'trapping.wasm');
  await buildTrappingPlugin(plugin);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

for (const version of ENVOY_VERSIONS) {
  await describeWithEnvoy(version, (envoy) => {
    it('serves and steers on every worker after a trap, by what was known before', async () => {
      const all = await upstreams({ delayMs: 4 }, { delayMs: 120 }, { delayMs: 4 });
      const fake = await trainer();
      const client = await sidecar({
        envoy,
        plugin,
        endpoints: addresses(all),
        trainerPort: fake.port,
        configuration: actorConfiguration(addresses(all), { report: REPORT }),
        workers: WORKERS,
      });
      expect((await client.send(200)).statuses).toEqual(new Map([[200, 200]]));
      // Until the estimates are kept, which is once a second.
      await eventually(() => reportsOf(fake).at(-1).workers.length === WORKERS + 1);
      for (let round = 0; round < 3; round++) {
        const { statuses } = await client.send(4, { headers: TRAP, concurrency: 4 });
        expect(statuses).toEqual(new Map([[503, 4]]));
        // A worker tries to have a new VM when a request comes, and not more often than its back-off lets it.
        await eventually(async () => (await client.send(16)).statuses.get(200) === 16, { timeoutMs: 3000 });
      }
      const slow = all[1]!.requests;
      expect((await client.send(100)).statuses).toEqual(new Map([[200, 100]]));
      expect(all[1]!.requests - slow).toBeLessThan(3);
      // The place of a VM that ended without a word is taken for dead after three seconds.
      await eventually(() => lastInFlight(fake) === 0);
      const from = fake.reports.length;
      await eventually(() => fake.reports.length > from + 2);
      expect(await client.stat('wasmcustom.weir.fallback')).toBe(0);
    });
  });
}
