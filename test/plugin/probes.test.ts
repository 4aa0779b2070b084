import { describe, expect, it } from 'vitest';
import {
  ADDRESSES,
  API,
  B,
  clientConfig,
  endpointOf,
  nextReport,
  serve,
  startClient,
} from './support/fixtures.js';
import { HeaderMap } from '../../trainer/mesh/embedded/vm/header-map.js';
import type { MockHost } from './support/mock-host.js';
import type { MockHttpCall } from './support/mock-http-call.js';

const PREQUAL = { policy: 'prequal', report: undefined };
const probesOf = (host: MockHost) =>
  host.pendingCalls.filter(({ headers }) => headers[':path']!.endsWith('/probe'));

/** Answers a probe as the server role does. */
function deliver(host: MockHost, probe: MockHttpCall, load: string): void {
  const internals = probe as unknown as { call: { token: number }; done: boolean };
  internals.done = true;
  host.machine().deliver(internals.call.token, HeaderMap.from({ ':status': '204', 'x-weir-load': load }));
}

describe('prequal', () => {
  it('probes three endpoints a request through the cluster itself', async () => {
    const host = await startClient(PREQUAL);
    host.request({}, { cluster: API });
    const probes = probesOf(host);
    expect(probes).toHaveLength(3);
    for (const { cluster, headers } of probes) {
      expect(cluster).toBe(API);
      expect(headers).toMatchObject({
        ':method': 'GET',
        ':path': '/.well-known/weir/probe',
        'x-weir-probe': '1',
      });
      expect(ADDRESSES).toContain(headers['x-weir-endpoint']);
    }
    expect(new Set(probes.map(({ headers }) => headers['x-weir-endpoint'])).size).toBe(3);
  });

  it('follows the answers', async () => {
    const host = await startClient({ ...PREQUAL, report: { cluster: 'trainer' } });
    let best = 0;
    for (let n = 0; n < 200; n++) {
      const chosen = serve(host).endpoints[0];
      if (n >= 20 && chosen === B) best++;
      for (const probe of probesOf(host)) {
        deliver(host, probe, probe.headers['x-weir-endpoint'] === B ? 'q=0;t=1000' : 'q=9;t=90000');
      }
    }
    expect(best).toBeGreaterThan(120);
    expect(endpointOf(nextReport(host), B).server).toMatchObject({ inFlight: 0, timeMs: 1 });
  });

  it('never has more than 256 probes under way, and goes on when none is answered', async () => {
    const host = await startClient(PREQUAL);
    for (let n = 0; n < 200; n++) expect(serve(host).endpoints).toHaveLength(3);
    expect(probesOf(host)).toHaveLength(256);
    for (const probe of probesOf(host)) probe.fail();
    serve(host);
    expect(probesOf(host)).toHaveLength(3);
  });

  it('probes again after reloads that took the answers away', async () => {
    const host = await startClient(PREQUAL);
    for (let n = 0; n < 100; n++) serve(host);
    expect(probesOf(host)).toHaveLength(256);
    host.reconfigure(clientConfig({ ...PREQUAL }));
    for (const probe of probesOf(host)) probe.answer();
    serve(host);
    expect(probesOf(host)).toHaveLength(3);
  });
});
