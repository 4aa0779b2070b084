import { describe, expect, it } from 'vitest';
import { API, serve, startClient, type Config } from './support/fixtures.js';
import { type MockHost } from './support/mock-host.js';

/** The list of a request after some others: one decision in 64 is timed, which costs two calls more. */
async function plainCalls(config: Config, callback: string): Promise<string[]> {
  const host = await startClient(config);
  runOn(host);
  const seen = new Map<string, number>();
  for (let n = 0; n < 5; n++) {
    const stream = host.request({}, { cluster: API });
    host.advance(1);
    stream.respond({ 'x-weir-load': 'q=1' }, { upstream: stream.endpoints[0]! });
    const calls = [...stream.calls(callback)].join(' ');
    stream.finish();
    seen.set(calls, (seen.get(calls) ?? 0) + 1);
  }
  const [[usual]] = [...seen].sort(([, a], [, b]) => b - a) as [[string, number]];
  return usual === '' ? [] : usual.split(' ');
}

function runOn(host: MockHost): void {
  for (let n = 0; n < 20; n++) serve(host);
}

describe('host calls', () => {
  it('of a steered request are these and no others', async () => {
    expect(await plainCalls({}, 'proxy_on_request_headers')).toEqual([
      'get_header_map_pairs',
      'get_property',
      'get_current_time_nanoseconds',
      'replace_header_map_value',
    ]);
  });

  it('of its response are these and no others', async () => {
    expect(await plainCalls({}, 'proxy_on_response_headers')).toEqual([
      'get_header_map_pairs',
      'remove_header_map_value',
      'get_current_time_nanoseconds',
      'get_property',
    ]);
  });

  it('of its end are none', async () => {
    const host = await startClient();
    runOn(host);
    const stream = host.request({}, { cluster: API }).respond({}, { upstream: '10.0.0.1:80' });
    const records = stream.callbacks;
    stream.finish();
    const end = records.filter(
      ({ callback }) => callback === 'proxy_on_log' || callback === 'proxy_on_delete',
    );
    expect(end.flatMap(({ calls }) => calls)).toEqual([]);
  });

  it('of a request with an idle sibling are the same between two exchanges', async () => {
    const host = await startClient({}, { workers: 2 });
    host.advance(1200);
    host.request({}, { cluster: API });
    const second = host.request({}, { cluster: API });
    expect(second.calls('proxy_on_request_headers')).not.toContain('get_shared_data');
  });
});
