import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedEngine } from '../../../trainer/mesh/embedded/engine.js';
import type { Sidecar, SidecarSpec } from '../../../trainer/mesh/engine.js';
import { application, ecds, engineFiles, eventually, publish, type Application } from './mesh.js';
import { probePlugin } from './probe-plugin.js';

let plugin: Uint8Array;
const cleanups: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  plugin = await probePlugin();
});

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** What the applications below answer: their name, and the request as it reached them. */
interface Echo {
  readonly name: string;
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** An application that answers with its name, what it was asked, and the body it got. */
async function echo(name: string): Promise<Application> {
  const app = await application(({ url, method, headers }, body, outgoing) => {
    outgoing.setHeader('set-cookie', ['a=1', 'b=2']);
    outgoing.end(JSON.stringify({ name, url, method, headers, body }));
  });
  cleanups.push(() => app.close());
  return app;
}

/** The address of a server that was there a moment ago. */
async function deadAddress(): Promise<string> {
  const app = await application(() => undefined);
  await app.close();
  return app.address;
}

function files(client: string, server = ecds('name=server')) {
  const made = engineFiles(plugin, client, server);
  cleanups.push(() => made.remove());
  return made;
}

async function start(engine: EmbeddedEngine, spec: Partial<SidecarSpec>): Promise<Sidecar> {
  const defaults = { id: 'client-0', workers: 1, outbound: [], trainerPort: 1, balancing: 'weir' as const };
  const sidecar = await engine.start({ ...defaults, ...spec });
  cleanups.push(() => sidecar.stop());
  return sidecar;
}

/** A sidecar that calls `api` at the endpoints. */
async function client(endpoints: string[], config = 'name=one', spec: Partial<SidecarSpec> = {}) {
  const engine = new EmbeddedEngine(files(ecds(config)));
  return start(engine, { outbound: [{ service: 'api', endpoints }], ...spec });
}

async function call(address: string, path = '/', options: Parameters<typeof request>[1] = {}) {
  const { statusCode, headers, body } = await request(`http://${address}${path}`, options);
  const text = await body.text();
  return { statusCode, headers, json: () => JSON.parse(text) as Echo };
}

describe('a sidecar', () => {
  it('forwards request and response, bodies and repeated headers included', async () => {
    const sidecar = await client([(await echo('a')).address]);
    const body = 'x'.repeat(300_000);
    const answer = await call(sidecar.outbound('api'), '/p?q=1', { method: 'POST', body });
    expect(answer.json()).toMatchObject({ name: 'a', url: '/p?q=1', method: 'POST', body });
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
  });

  it('shows the plugin the cluster, the node, the source and the upstream', async () => {
    const { address } = await echo('a');
    const sidecar = await client([address]);
    const { headers } = await call(sidecar.outbound('api'));
    expect(headers).toMatchObject({ 'x-cluster': 'api', 'x-node': 'client-0', 'x-upstream': address });
    expect(headers['x-source']).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it('stands before an application with the server role', async () => {
    const app = await echo('app');
    const engine = new EmbeddedEngine(files(ecds('name=client')));
    const server = await start(engine, { id: 'api-0', appPort: app.port });
    const caller = await start(engine, { outbound: [{ service: 'api', endpoints: [server.inbound ?? ''] }] });
    const answer = await call(caller.outbound('api'));
    expect(answer.json()).toMatchObject({ name: 'app', headers: { 'x-config': 'server' } });
    expect(caller.inbound).toBeUndefined();
  });

  it('keeps both roles apart in one VM', async () => {
    const app = await echo('app');
    const engine = new EmbeddedEngine(files(ecds('name=client')));
    const both = await start(engine, {
      appPort: app.port,
      outbound: [{ service: 'api', endpoints: [app.address] }],
    });
    expect((await call(both.outbound('api'))).headers['x-config-out']).toBe('client');
    expect((await call(both.inbound ?? '')).headers['x-config-out']).toBe('server');
    // Two root contexts were configured: the counter of the VM's globals has seen both.
    expect((await both.stats('probe')).get('wasmcustom.probe.generation')).toBe(2);
  });

  it('breaks the connection where the upstream breaks in the middle of a body', async () => {
    const breaking = await application((_incoming, _body, outgoing) => {
      outgoing.writeHead(200, { 'content-length': 1000 });
      outgoing.write('a part', () => outgoing.destroy());
    });
    cleanups.push(() => breaking.close());
    const sidecar = await client([breaking.address]);
    await expect(call(sidecar.outbound('api'))).rejects.toThrow();
  });

  it('says why it ended', async () => {
    const sidecar = await client([await deadAddress()]);
    await sidecar.stop();
    expect(await sidecar.ended).toBe('sidecar client-0 was stopped');
    await expect(call(sidecar.outbound('api'))).rejects.toThrow();
  });
});

describe('balancing', () => {
  it('sends a request to the endpoint that the filter chose, without the header', async () => {
    const [a, b] = [await echo('a'), await echo('b')];
    const sidecar = await client([a.address, b.address], `endpoints=${b.address},${a.address}`);
    for (let index = 0; index < 5; index++) {
      const answer = (await call(sidecar.outbound('api'))).json();
      expect(answer.name).toBe('b');
      expect(answer.headers).not.toHaveProperty('x-weir-endpoint');
    }
  });

  it('goes down the list when an endpoint refuses connections', async () => {
    const [a, dead] = [await echo('a'), await deadAddress()];
    const sidecar = await client([a.address, dead], `endpoints=${dead},${a.address}`);
    const answer = await call(sidecar.outbound('api'), '/', { method: 'POST', body: 'kept' });
    expect(answer.json()).toMatchObject({ name: 'a', body: 'kept' });
    expect(answer.headers['x-upstream']).toBe(a.address);
    const stats = await sidecar.stats('cluster.api');
    expect(stats.get('cluster.api.upstream_rq_retry')).toBe(1);
    expect(stats.get('cluster.api.upstream_cx_connect_fail')).toBe(1);
  });

  it('falls back when the list names nobody that the cluster has', async () => {
    const [a, stranger] = [await echo('a'), await echo('stranger')];
    const sidecar = await client([a.address], `endpoints=${stranger.address}`);
    expect((await call(sidecar.outbound('api'))).json().name).toBe('a');
  });

  it('answers 503 through the filter when no endpoint takes the connection', async () => {
    const sidecar = await client([await deadAddress()]);
    const answer = await call(sidecar.outbound('api'));
    expect(answer).toMatchObject({ statusCode: 503, headers: { 'x-config-out': 'one' } });
  });

  it('turns without the plugin under a policy of Envoy', async () => {
    const [a, b] = [await echo('a'), await echo('b')];
    const sidecar = await client([a.address, b.address], 'name=one', { balancing: 'round_robin' });
    const names: string[] = [];
    for (let index = 0; index < 4; index++) names.push((await call(sidecar.outbound('api'))).json().name);
    expect(names.sort()).toEqual(['a', 'a', 'b', 'b']);
    expect((await call(sidecar.outbound('api'))).headers).not.toHaveProperty('x-config-out');
  });

  it('refuses the policy that it cannot follow', async () => {
    const refused = client([], 'name=one', { balancing: 'client_side_weighted_round_robin' });
    await expect(refused).rejects.toThrow('client_side_weighted_round_robin');
  });
});

describe('configuration', () => {
  const configOut = async (sidecar: Sidecar) => (await call(sidecar.outbound('api'))).headers['x-config-out'];

  it('changes without a restart when the file is replaced', async () => {
    const [made, a] = [files(ecds('name=one')), await echo('a')];
    const sidecar = await start(new EmbeddedEngine(made), {
      outbound: [{ service: 'api', endpoints: [a.address] }],
    });
    expect(await configOut(sidecar)).toBe('one');
    publish(made.clientConfig, ecds('name=two'));
    await eventually(async () => (await configOut(sidecar)) === 'two');
    // The same VM: it still counts its requests.
    const { headers } = (await call(sidecar.outbound('api'))).json();
    expect(Number(headers['x-requests'])).toBeGreaterThan(2);
  });

  it('stays when the plugin rejects the new one, or the file is broken', async () => {
    const [made, a] = [files(ecds('name=one')), await echo('a')];
    const sidecar = await start(new EmbeddedEngine(made), {
      outbound: [{ service: 'api', endpoints: [a.address] }],
    });
    const rejected = async () => (await sidecar.stats('rejected')).get('extension_config_discovery.rejected');
    publish(made.clientConfig, ecds('name=two;reject=bad model'));
    await eventually(async () => (await rejected()) === 1);
    publish(made.clientConfig, '{"resources": []}');
    await eventually(async () => (await rejected()) === 2);
    expect(await configOut(sidecar)).toBe('one');
    const log = readFileSync(join(made.runDir, 'client-0.log'), 'utf8');
    expect(log).toMatch(/rejected: bad model[^]*client\.json: resources/);
  });

  it('starts a new VM when vm_config changes, and shared data stays', async () => {
    const [made, a] = [files(ecds('name=one')), await echo('a')];
    const sidecar = await start(new EmbeddedEngine(made), {
      outbound: [{ service: 'api', endpoints: [a.address] }],
    });
    const op = (name: string) => ({ headers: { 'x-op': name, 'x-a': 'k', 'x-b': 'kept' } });
    await call(sidecar.outbound('api'), '/', op('set-shared'));
    publish(made.clientConfig, ecds('name=two', { environment: { NEW: '1' } }));
    await eventually(async () => (await configOut(sidecar)) === 'two');
    const answer = (await call(sidecar.outbound('api'), '/', op('get-shared'))).json();
    expect(answer.headers).toMatchObject({ 'x-data': 'kept' });
    expect(Number(answer.headers['x-requests'])).toBeLessThan(4);
  });

  it('must be accepted at the start', async () => {
    await expect(client([], 'reject=no role')).rejects.toThrow(/client\.json: .*no role/);
  });
});

describe('the life of the filter', () => {
  it('is spread over the workers by connection', async () => {
    const sidecar = await client([(await echo('a')).address], 'name=one', { workers: 2 });
    const seen: string[] = [];
    for (let index = 0; index < 2; index++) {
      const dispatcher = new Agent();
      const answer = await call(sidecar.outbound('api'), '/', { dispatcher });
      seen.push(answer.json().headers['x-requests'] ?? '');
      await dispatcher.close();
    }
    // Each worker has globals of its own, and so counts for itself.
    expect(seen).toEqual(['1', '1']);
  });

  it('fails open on a trap and comes back with a new VM', async () => {
    const sidecar = await client([(await echo('a')).address]);
    const trapped = await call(sidecar.outbound('api'), '/', { headers: { 'x-op': 'trap' } });
    expect(trapped.statusCode).toBe(200);
    const after = await call(sidecar.outbound('api'));
    expect(after.headers).toMatchObject({ 'x-config-out': 'one' });
    const stats = await sidecar.stats('^wasm\\.');
    expect(Object.fromEntries(stats)).toEqual({ 'wasm.vm_failed': 1, 'wasm.vm_reload': 1 });
  });

  it('logs a stream whose client went away', async () => {
    const hung = await application(() => undefined);
    cleanups.push(() => hung.close());
    const made = files(ecds('name=one'));
    const sidecar = await start(new EmbeddedEngine(made), {
      outbound: [{ service: 'api', endpoints: [hung.address] }],
    });
    const active = async () => (await sidecar.stats('active')).get('cluster.api.upstream_rq_active');
    const outgoing = httpRequest(`http://${sidecar.outbound('api')}/hung`).on('error', () => undefined);
    outgoing.end();
    await eventually(async () => (await active()) === 1);
    outgoing.destroy();
    await eventually(async () => (await active()) === 0);
    expect(readFileSync(join(made.runDir, 'client-0.log'), 'utf8')).toContain('log /hung ');
  });

  it('calls the trainer on its ticks, and is told when nobody answers', async () => {
    const bodies: string[] = [];
    const trainer = await application((_incoming, body, outgoing) => {
      bodies.push(body);
      outgoing.end('noted');
    });
    const [made, a] = [files(ecds('name=one;tick=20;call=weir-trainer')), await echo('a')];
    const outbound = [{ service: 'api', endpoints: [a.address] }];
    await start(new EmbeddedEngine(made), { outbound, trainerPort: trainer.port });
    const log = () => readFileSync(join(made.runDir, 'client-0.log'), 'utf8');
    await eventually(() => log().includes('answer 200 noted'));
    expect(bodies).toContain('report');
    await trainer.close();
    await eventually(() => log().includes('answer 503'));
  });

  it('is told 504 by a trainer that keeps it waiting', async () => {
    const trainer = await application(() => undefined);
    cleanups.push(() => trainer.close());
    const made = files(ecds('name=one;tick=20;call=weir-trainer'));
    const outbound = [{ service: 'api', endpoints: [] }];
    await start(new EmbeddedEngine(made), { outbound, trainerPort: trainer.port });
    await eventually(() => readFileSync(join(made.runDir, 'client-0.log'), 'utf8').includes('answer 504'));
  });

  it('refuses calls to other clusters', async () => {
    const made = files(ecds('name=one;tick=20;call=elsewhere'));
    await start(new EmbeddedEngine(made), { outbound: [{ service: 'api', endpoints: [] }] });
    await eventually(() =>
      readFileSync(join(made.runDir, 'client-0.log'), 'utf8').includes('call refused 2'),
    );
  });
});
