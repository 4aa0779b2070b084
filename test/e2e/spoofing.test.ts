// A client cannot steer: what it sends under `x-weir-` never acts and never arrives.
import { expect, it } from 'vitest';
import { actorConfiguration, policyConfiguration } from './support/configuration.js';
import { describeWithEnvoy, ENVOY_VERSIONS } from './support/envoy-suite.js';
import { addresses, sidecar, upstreams } from './support/parts.js';
import type { Upstream } from './support/upstream.js';

const REQUESTS = 60;

const weirHeaders = ({ lastHeaders }: Upstream): string[] =>
  Object.keys(lastHeaders).filter((name) => name.startsWith('x-weir-'));

for (const version of ENVOY_VERSIONS) {
  await describeWithEnvoy(version, (envoy) => {
    it('goes where the filter says, not where the client says', async () => {
      const all = await upstreams({}, {}, {});
      const [first, second, wanted] = addresses(all) as [string, string, string];
      const configuration = actorConfiguration([first, second]);
      const client = await sidecar({ envoy, endpoints: addresses(all), configuration });
      const headers = { 'X-Weir-Endpoint': wanted, 'x-weir-foo': '1', 'x-weir-': 'x', 'x-weird': 'stays' };
      const { statuses, byEndpoint } = await client.send(REQUESTS, { headers });
      expect(statuses).toEqual(new Map([[200, REQUESTS]]));
      expect(byEndpoint.has(wanted)).toBe(false);
      expect(weirHeaders(all[0]!)).toEqual([]);
      expect(all[0]?.lastHeaders).toHaveProperty('x-weird', 'stays');
    });

    // Without the filter's word Envoy draws by itself: 60 requests all to one of three hosts have a chance of 3^-59.
    it.each([
      ['in mode shadow', { mode: 'shadow' }],
      ['in mode off', { mode: 'off' }],
      ['for a cluster that is not balanced', { clusters: ['another'] }],
    ])('does not go where the client says %s', async (_name, more) => {
      const all = await upstreams({}, {}, {});
      const configuration = policyConfiguration('round-robin', addresses(all), more);
      const client = await sidecar({ envoy, endpoints: addresses(all), configuration });
      const headers = { 'x-weir-endpoint': all[2]!.address, 'x-weir-foo': '1', 'x-weir-load': 'q=0' };
      const { statuses, byEndpoint } = await client.send(REQUESTS, { headers });
      expect(statuses).toEqual(new Map([[200, REQUESTS]]));
      expect(byEndpoint.size).toBe(3);
      for (const upstream of all) expect(weirHeaders(upstream)).toEqual([]);
    });

    it('removes a header that came twice, and one that came long', async () => {
      const all = await upstreams({}, {});
      const configuration = policyConfiguration('round-robin', [all[0]!.address]);
      const client = await sidecar({ envoy, endpoints: addresses(all), configuration });
      const headers = new Headers({ 'x-weir-user': 'a'.repeat(20_000) });
      for (let n = 0; n < 2; n++) headers.append('x-weir-endpoint', all[1]!.address);
      const answer = await fetch(`http://${client.address}/`, { headers });
      expect(answer.headers.get('x-served-by')).toBe(all[0]!.address);
      expect(weirHeaders(all[0]!)).toEqual([]);
    });
  });
}
