import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { API, clientConfig, modelBase64, runAnswered, startClient } from './support/fixtures.js';
import { MockHost } from './support/mock-host.js';
import { PLUGIN_FILE } from './support/plugin-module.js';

interface Import {
  readonly module: string;
  readonly name: string;
}
const { Module } = (
  globalThis as unknown as {
    WebAssembly: {
      Module: {
        new (bytes: Uint8Array): object;
        imports(module: object): Import[];
        exports(module: object): Import[];
      };
    };
  }
).WebAssembly;

describe('plugin.wasm', () => {
  it('fits 64 KiB, so that a reload stays cheap', () => {
    expect(statSync(PLUGIN_FILE).size).toBeLessThanOrEqual(65_536);
  });

  it('imports nothing but the host calls of proxy-wasm', () => {
    const imports = Module.imports(new Module(readFileSync(PLUGIN_FILE)));
    expect(imports.filter(({ module, name }) => module !== 'env' || !name.startsWith('proxy_'))).toEqual([]);
    expect(imports.length).toBeGreaterThan(10);
  });

  it('exports the callbacks of ABI 0.2.1', () => {
    const names = Module.exports(new Module(readFileSync(PLUGIN_FILE))).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'memory',
        '_initialize',
        'proxy_abi_version_0_2_1',
        'proxy_on_memory_allocate',
        'proxy_on_configure',
        'proxy_on_tick',
        'proxy_on_log',
        'proxy_on_delete',
      ]),
    );
  });
});

/** A window of requests in flight, with errors, resets, loads and classes among them. */
function traffic(host: MockHost, requests: number): void {
  const open: ReturnType<MockHost['request']>[] = [];
  for (let n = 0; n < requests; n++) {
    open.push(
      host.request({ ':path': `/p${n % 7}/x`, 'x-weir-foo': '1', 'x-user': `u${n % 50}` }, { cluster: API }),
    );
    if (open.length < 20) continue;
    const stream = open.shift()!;
    if (n % 50 === 0) {
      stream.finish();
      continue;
    }
    const upstream = stream.endpoints[0];
    const headers = {
      ':status': n % 97 === 0 ? '503' : '200',
      'x-weir-load': 'q=1;w=1000;t=900;r=5',
      'endpoint-load-metrics': 'JSON {"cpu_utilization":0.5}',
    };
    stream.respond(headers, upstream === undefined ? {} : { upstream }).finish();
    if (n % 20 === 0) runAnswered(host, 10);
  }
  for (const stream of open) stream.finish();
}

describe('memory', () => {
  it('stays the same over 20,000 requests, because they allocate nothing', async () => {
    const host = await startClient({
      policy: 'actor',
      model: modelBase64({ scale: 1 }),
      tracing: { userHeader: 'x-user' },
    });
    // Long enough for reports of full size, whose buffers grow to it.
    traffic(host, 5000);
    const before = host.memoryBytes();
    traffic(host, 20_000);
    expect(host.memoryBytes()).toBe(before);
    expect(host.failures).toEqual([]);
  }, 20_000);

  it('stays the same over 2,000 requests of the server role', async () => {
    const host = await MockHost.start({ config: { role: 'server' } });
    const run = (requests: number) => {
      for (let n = 0; n < requests; n++)
        host
          .request({ ':path': `/${n % 9}` })
          .respond({ 'endpoint-load-metrics': 'TEXT cpu_utilization=0.2' })
          .finish();
    };
    run(200);
    const before = host.memoryBytes();
    run(2000);
    expect(host.memoryBytes()).toBe(before);
  });

  it('stays the same over 500 reloads in one VM after the first 50', async () => {
    const host = await startClient();
    const configurations = [1, 2].map((seed) =>
      clientConfig({
        policy: 'actor',
        model: modelBase64({ seed }),
        candidate: { model: modelBase64({ seed: seed + 2 }), share: 0.1 },
        clusters: [API],
        classes: { by: 'header:x-class' },
        tracing: { userHeader: 'x-user' },
      }),
    );
    const reload = (times: number) => {
      for (let n = 0; n < times; n++) {
        const stream = host.request({}, { cluster: API });
        // One in three is rejected: what it took must be given back, too.
        if (n % 3 === 2)
          expect(
            host.machine().configure('plugin', JSON.stringify({ ...configurations[0], foo: 1 }), 'weir'),
          ).toBe(false);
        else
          expect(host.machine().configure('plugin', JSON.stringify(configurations[n % 2]), 'weir')).toBe(
            true,
          );
        stream.finish();
        if (n % 10 === 0) runAnswered(host, 100);
      }
    };
    reload(50);
    const before = host.memoryBytes();
    reload(500);
    expect(host.memoryBytes()).toBe(before);
    expect(host.machine().rootContexts()).toHaveLength(1);
  }, 20_000);
});
