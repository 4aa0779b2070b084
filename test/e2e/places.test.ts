// VMs that start at the same moment must not take each other for themselves.
import { expect, it } from 'vitest';
import { actorConfiguration, testModel } from './support/configuration.js';
import { describeWithEnvoy, ENVOY_VERSIONS } from './support/envoy-suite.js';
import { eventually } from './support/eventually.js';
import { addresses, sidecar, upstreams } from './support/parts.js';
import { allDecideWith } from './support/workers.js';

const WORKERS = 3;
/** Enough that a clash of ids as frequent as one start in ten would show. */
const STARTS = 20;

for (const version of ENVOY_VERSIONS) {
  await describeWithEnvoy(version, (envoy) => {
    it(`gives every worker a place of its own, in ${STARTS} starts`, async () => {
      const all = await upstreams({});
      const configuration = actorConfiguration(addresses(all));
      for (let start = 0; start < STARTS; start++) {
        const client = await sidecar({
          envoy,
          endpoints: addresses(all),
          configuration,
          workers: WORKERS,
          id: `client-${start}`,
        });
        await eventually(() => allDecideWith(client, testModel(), WORKERS), { timeoutMs: 3000 });
        await client.stop();
      }
      expect.assertions(0);
    });
  });
}
