import { beforeAll, describe, expect, it } from 'vitest';
import { Status } from '../../../trainer/mesh/embedded/vm/abi.js';
import { MockHost, type MockHostOptions } from '../../plugin/support/mock-host.js';
import { compileAssemblyScript, probePlugin } from './probe-plugin.js';

let plugin: Uint8Array;

beforeAll(async () => {
  plugin = await probePlugin();
});

const start = (config = 'name=one', options: Partial<MockHostOptions> = {}) =>
  MockHost.start({ config, plugin, ...options });

/** Runs one host call inside of on_request_headers and returns the headers with its outcome. */
function run(host: MockHost, op: string, a = '', b = '', extra: Record<string, string> = {}, worker = 0) {
  return host.request({ 'x-op': op, 'x-a': a, 'x-b': b, ...extra }, { worker, cluster: 'api' })
    .requestHeaders;
}

describe('headers', () => {
  it('gives a header back, whatever the case of its name', async () => {
    const headers = run(await start(), 'get', 'X-Colour', '', { 'x-colour': 'blau grün' });
    expect(headers).toMatchObject({ 'x-status': '0', 'x-data': 'blau grün' });
  });

  it('joins the values of a header that came twice', async () => {
    const { HeaderMap } = await import('../../../trainer/mesh/embedded/vm/header-map.js');
    const map = new HeaderMap([
      ['Accept', 'a'],
      ['accept', 'b'],
    ]);
    expect(map.get('ACCEPT')).toBe('a,b');
    map.replace('accept', 'c');
    expect([...map]).toEqual([['accept', 'c']]);
  });

  it('answers NOT_FOUND for a header that is absent and BAD_ARGUMENT for a map that is not there yet', async () => {
    const host = await start();
    expect(run(host, 'get', 'x-absent')['x-status']).toBe(String(Status.NOT_FOUND));
    expect(run(host, 'get-response', ':status')['x-status']).toBe(String(Status.BAD_ARGUMENT));
  });

  it('removes a header', async () => {
    expect(run(await start(), 'remove', 'x-b', 'gone')).not.toHaveProperty('x-b');
  });

  it('keeps a map that is read and written as a whole', async () => {
    const headers = run(await start(), 'pairs', '', '', { 'x-empty': '', 'x-utf8': 'ß' });
    expect(headers).toMatchObject({ 'x-status': '0', 'x-empty': '', 'x-utf8': 'ß', ':path': '/' });
  });

  it('puts the request out of reach after its callback, and within reach again in the log', async () => {
    const host = await start();
    const stream = host.request({ ':path': '/a' }).respond({ ':status': '503' });
    expect(stream.responseHeaders['x-old-request']).toBe('');
    stream.finish();
    expect(host.logText()).toContain('log /a 503');
  });
});

describe('memory', () => {
  it('finds the memory again after the plugin has grown it', async () => {
    const host = await start();
    const before = host.memoryBytes();
    expect(run(host, 'grow', 'x-colour', '', { 'x-colour': 'red' })['x-data']).toBe('red');
    expect(host.memoryBytes()).toBeGreaterThan(before);
  });

  it('answers INVALID_MEMORY_ACCESS for a pointer outside of it', async () => {
    expect(run(await start(), 'bad-pointer')['x-status']).toBe(String(Status.INVALID_MEMORY_ACCESS));
  });
});

describe('properties', () => {
  it('serves the cluster, the node and the root id', async () => {
    const host = await start('name=one', { nodeId: 'client-0', rootId: 'root' });
    expect(run(host, 'property', 'xds.cluster_name')['x-data']).toBe('api');
    expect(run(host, 'property', 'node.id')['x-data']).toBe('client-0');
    expect(run(host, 'property', 'plugin_root_id')['x-data']).toBe('root');
    expect(run(host, 'property', 'upstream.address')['x-status']).toBe(String(Status.NOT_FOUND));
  });

  it('keeps what the plugin sets as filter state of the stream', async () => {
    const host = await start();
    const stream = host.request({ 'x-op': 'set-property', 'x-a': 'weir.user', 'x-b': 'u1' });
    expect(stream.property('weir.user')).toBe('u1');
    expect(host.request().property('weir.user')).toBeUndefined();
  });

  it('tells the upstream from the response on', async () => {
    const stream = (await start()).request().respond({}, { upstream: '127.0.0.1:9001' });
    expect(stream.responseHeaders['x-upstream']).toBe('127.0.0.1:9001');
  });
});

describe('shared data', () => {
  it('reaches the other VMs of the process', async () => {
    const host = await start('name=one', { workers: 2 });
    run(host, 'set-shared', 'k', 'v');
    expect(run(host, 'get-shared', 'k', '', {}, 1)).toMatchObject({ 'x-status': '0', 'x-data': 'v' });
    expect(run(host, 'get-shared', 'other')['x-status']).toBe(String(Status.NOT_FOUND));
  });

  it('refuses a write whose compare-and-swap number is stale, and takes 0 always', async () => {
    const host = await start('name=one', { workers: 2 });
    run(host, 'set-shared', 'k', 'v1');
    const cas = run(host, 'get-shared', 'k')['x-cas'] ?? '';
    expect(run(host, 'set-shared', 'k', 'v2', { 'x-cas': cas }, 1)['x-status']).toBe('0');
    expect(run(host, 'set-shared', 'k', 'v3', { 'x-cas': cas })['x-status']).toBe(
      String(Status.CAS_MISMATCH),
    );
    expect(run(host, 'get-shared', 'k')['x-data']).toBe('v2');
    expect(run(host, 'set-shared', 'k', 'v4', { 'x-cas': '0' })['x-status']).toBe('0');
  });

  it('survives a new VM, whose globals start anew', async () => {
    const host = await start();
    run(host, 'set-shared', 'k', 'v');
    expect(host.newVm().request().requestHeaders['x-requests']).toBe('1');
    expect(run(host, 'get-shared', 'k')['x-data']).toBe('v');
  });
});

describe('shared queues', () => {
  it('gives one token for one name and hands items over in order', async () => {
    const host = await start('name=one', { workers: 2 });
    const token = run(host, 'register', 'q')['x-token'] ?? '';
    expect(run(host, 'register', 'q', '', {}, 1)['x-token']).toBe(token);
    expect(run(host, 'resolve', 'q', '', {}, 1)['x-token']).toBe(token);
    expect(run(host, 'resolve', 'unknown')['x-status']).toBe(String(Status.NOT_FOUND));
    run(host, 'enqueue', token, 'first');
    run(host, 'enqueue', token, 'second');
    expect(run(host, 'dequeue', token, '', {}, 1)['x-data']).toBe('first');
    expect(run(host, 'dequeue', token)['x-data']).toBe('second');
    expect(run(host, 'dequeue', token)['x-status']).toBe(String(Status.EMPTY));
    expect(run(host, 'dequeue', '99')['x-status']).toBe(String(Status.NOT_FOUND));
  });

  it('announces an item to the VM that registered last', async () => {
    const host = await start('name=one', { workers: 2 });
    run(host, 'register', 'q', '', {}, 1);
    run(host, 'enqueue', '1', 'item');
    expect(host.logs.filter(({ message }) => message === 'queue ready')).toMatchObject([{ worker: 1 }]);
  });
});

describe('metrics', () => {
  it('adds up over the VMs of the process', async () => {
    const host = await start('name=one', { workers: 2 });
    run(host, 'increment', 'c', '2');
    expect(run(host, 'increment', 'c', '3', {}, 1)['x-value']).toBe('5');
    expect(host.metric('c')).toBe(5);
    expect(host.metric('never.defined')).toBe(0);
  });

  it('refuses to count down and keeps histograms apart', async () => {
    const host = await start();
    expect(run(host, 'increment', 'c', '-1')['x-status']).toBe(String(Status.BAD_ARGUMENT));
    run(host, 'record', 'h', '7');
    run(host, 'record', 'h', '9');
    expect(host.metrics.histogram('h')).toMatchObject({ value: 2, sum: 16, recent: [7, 9] });
  });
});

describe('time and randomness', () => {
  it('tells the time of the virtual clock', async () => {
    const host = await start('name=one', { nowMs: 1000 });
    host.advance(2.5);
    expect(run(host, 'time')['x-value']).toBe('1002500000');
  });

  it('repeats the randomness of a seed', async () => {
    const draw = async (seed: number) => run(await start('name=one', { seed }), 'random')['x-value'];
    expect(await draw(7)).toBe(await draw(7));
    expect(await draw(7)).not.toBe(await draw(8));
  });

  it('ticks when a tick is due, and not before', async () => {
    const host = await start('name=one;tick=100');
    const ticks = () => host.logs.filter(({ message }) => message === 'tick').length;
    expect(host.advance(99) && ticks()).toBe(0);
    expect(host.advance(1) && ticks()).toBe(1);
    expect(host.advance(1000) && ticks()).toBe(11);
  });
});

describe('configuration', () => {
  it('replaces the configuration in the same VM: globals stay, streams end on the old one', async () => {
    const host = await start('name=one');
    const old = host.request();
    expect(host.reconfigure('name=two')).toBe(true);
    expect(old.respond().responseHeaders['x-config-out']).toBe('one');
    expect(host.request().finish().requestHeaders).toMatchObject({ 'x-config': 'two', 'x-requests': '2' });
    expect(host.logText()).not.toContain('root delete one');
    old.finish();
    expect(host.logText()).toMatch(/stream done one\nstream delete one\nroot done one\nroot delete one$/);
  });

  it('keeps the old configuration when the plugin rejects the new one', async () => {
    const host = await start('name=one');
    expect(host.reconfigure('name=two;reject=bad model')).toBe(false);
    expect(host.request().requestHeaders['x-config']).toBe('one');
    expect(host.logs.at(-1)).toEqual({ level: 'info', message: 'rejected: bad model', worker: -1 });
  });

  it('keeps the old configuration also when only the running VM rejects the new one', async () => {
    const host = await start('name=one;tick=10');
    expect(host.machine().configure('plugin', 'name=two;tick=10;reject=late')).toBe(false);
    expect(host.request().requestHeaders['x-config']).toBe('one');
    host.advance(10);
    expect(host.logs.filter(({ message }) => message === 'tick')).toHaveLength(1);
  });

  it('tells why a first configuration was rejected', async () => {
    await expect(start('reject=no role')).rejects.toThrow('no role');
    expect(await MockHost.rejection({ config: 'reject=no role', plugin })).toContain('no role');
    expect(await MockHost.rejection({ config: 'name=one', plugin })).toBeUndefined();
  });

  it('passes the VM configuration to on_vm_start', async () => {
    expect((await start('name=one', { vmConfiguration: 'env' })).logText()).toContain('vm_start env');
  });
});

describe('http calls', () => {
  it('delivers the answer to the plugin', async () => {
    const host = await start('tick=100;call=weir-trainer');
    host.advance(100);
    expect(host.httpCalls[0]).toMatchObject({
      cluster: 'weir-trainer',
      body: 'report',
      timeoutMs: 500,
      answered: false,
    });
    host.answer({ ok: 1 });
    expect(host.logs.at(-1)?.message).toBe('answer 200 {"ok":1}');
    expect(host.httpCalls[0]?.answer()).toBe(false);
    host.advance(100).answer(503);
    expect(host.logs.at(-1)?.message).toBe('answer 503 ');
  });

  it('shows a broken call as no headers and no body', async () => {
    const host = await start('tick=100;call=weir-trainer');
    host.advance(100).failCall();
    expect(host.logs.at(-1)?.message).toBe(`answer none ${Status.BROKEN_CONNECTION} reset`);
  });

  it('refuses a call by the status that the host gives', async () => {
    const host = await start('tick=100;call=weir-trainer');
    host.httpCallStatus = Status.BAD_ARGUMENT;
    host.advance(100);
    expect(host.logs.at(-1)?.message).toBe('call refused 2');
    expect(host.httpCalls).toHaveLength(0);
  });

  it('forgets the calls of a configuration that is gone', async () => {
    const host = await start('tick=100;call=weir-trainer');
    host.advance(100);
    host.reconfigure('name=two');
    expect(host.httpCalls[0]?.answer()).toBe(false);
    expect(host.logText()).not.toContain('answer');
  });
});

describe('a trap', () => {
  it('fails the VM, and requests pass through untouched', async () => {
    const host = await start('name=one;tick=100');
    const other = host.request();
    run(host, 'trap');
    expect(host.failures).toHaveLength(1);
    expect(host.machine().failed).toBe(true);
    const logged = host.logs.length;
    expect(host.request({ 'x-weir-load': 'q=1' }).requestHeaders).not.toHaveProperty('x-config');
    expect(other.respond().responseHeaders).toEqual({ ':status': '200' });
    other.finish();
    host.advance(1000);
    expect(host.logs).toHaveLength(logged);
  });

  it('is over after a reload under the same configuration', async () => {
    const host = await start('name=one');
    run(host, 'trap');
    const stream = host.machine().reload().openStream('plugin');
    const { HeaderMap } = await import('../../../trainer/mesh/embedded/vm/header-map.js');
    const headers = HeaderMap.from({ ':path': '/' });
    stream.requestHeaders(headers, true);
    expect(headers.toRecord()).toMatchObject({ 'x-config': 'one', 'x-requests': '1' });
  });

  it('rejects the configuration that caused it, and leaves the running VM alone', async () => {
    const host = await start('name=one');
    expect(host.reconfigure('trap=configure')).toBe(false);
    expect(host.failures).toHaveLength(0);
    expect(host.request().requestHeaders['x-config']).toBe('one');
  });
});

describe('the host', () => {
  it('answers UNIMPLEMENTED to a call that it does not know', async () => {
    expect(run(await start(), 'future')['x-status']).toBe(String(Status.UNIMPLEMENTED));
  });

  it('takes a local reply', async () => {
    const stream = (await start()).request({ 'x-op': 'reply', 'x-a': 'short and stout' });
    expect(stream.localReply?.status).toBe(418);
    expect(Buffer.from(stream.localReply?.body ?? []).toString()).toBe('short and stout');
  });

  it('records the host calls of each callback', async () => {
    const stream = (await start()).request().respond().finish();
    expect(stream.callbacks.map(({ callback }) => callback)).toEqual([
      'proxy_on_context_create',
      'proxy_on_request_headers',
      'proxy_on_response_headers',
      'proxy_on_log',
      'proxy_on_done',
      'proxy_on_delete',
    ]);
    expect(stream.calls('proxy_on_request_headers')).toEqual([
      'replace_header_map_value',
      'replace_header_map_value',
      'get_header_map_value',
    ]);
  });

  it('refuses a module that is no proxy-wasm plugin', async () => {
    const other = await compileAssemblyScript('export function malloc(size: usize): usize { return 0; }');
    await expect(start('', { plugin: other })).rejects.toThrow('no proxy-wasm 0.2 plugin');
  });

  it('fails a plugin that calls out while it starts', async () => {
    const eager = await compileAssemblyScript(`
      @external("env", "proxy_set_tick_period_milliseconds") declare function tick(ms: u32): i32;
      export function proxy_abi_version_0_2_0(): void {}
      export function malloc(size: usize): usize { return heap.alloc(size); }
      tick(100);`);
    await expect(start('', { plugin: eager })).rejects.toThrow('restricted_callback');
  });
});
