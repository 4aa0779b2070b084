// Against an API server in a few lines: lists, watches, and is away when a test says so.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { kubernetesSource } from '../../../trainer/telemetry/endpoint-source-kubernetes.js';
import type { EndpointSource } from '../../../trainer/telemetry/endpoint-source.js';

const events: string[] = [];
const sink = { emit: (kind: string) => void events.push(kind) };
let server: Server;
let config: KubeConfig;
let source: EndpointSource | undefined;
let slices: Map<string, string[]>;
let version: number;
let status: number;
let paths: string[];
const watches = new Set<ServerResponse>();

const slice = (name: string) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    name,
    namespace: 'shop',
    resourceVersion: String(version),
    labels: { 'kubernetes.io/service-name': 'api' },
  },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 80 }],
  endpoints: slices.get(name)!.map((ip) => ({ addresses: [ip], conditions: { ready: true } })),
});

beforeEach(async () => {
  events.length = 0;
  [slices, version, status, paths] = [new Map([['api-1', ['10.0.0.1']]]), 1, 200, []];
  server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://a');
    paths.push(url.pathname + url.search);
    if (status !== 200) {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ kind: 'Status', code: status, message: 'not now' }));
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    if (url.searchParams.has('watch')) {
      response.flushHeaders();
      watches.add(response);
      response.on('close', () => watches.delete(response));
      return;
    }
    const items = [...slices.keys()].map(slice);
    const metadata = { resourceVersion: String(version) };
    response.end(
      JSON.stringify({ kind: 'EndpointSliceList', apiVersion: 'discovery.k8s.io/v1', metadata, items }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'c', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: 'u' },
  );
});
afterEach(async () => {
  await source?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const open = async () =>
  (source = await kubernetesSource({
    config,
    namespace: 'shop',
    labelSelector: 'weir=on',
    cluster: '{service}.{namespace}',
    events: sink,
    retryMs: 20,
  }));
const change = (type: string, name: string) => {
  version += 1;
  for (const watch of watches) watch.write(`${JSON.stringify({ type, object: slice(name) })}\n`);
};
const addresses = () => source!.endpoints['api.shop']?.map(({ address }) => address);

it('the table is there from the list on, and follows the watch', async () => {
  await open();
  expect(addresses()).toEqual(['10.0.0.1:80']);
  expect(paths[0]).toBe('/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices?labelSelector=weir%3Don');
  await expect.poll(() => watches.size).toBe(1);
  let changes = 0;
  source!.onChange(() => (changes += 1));
  slices.set('api-2', ['10.0.0.2']);
  change('ADDED', 'api-2');
  await expect.poll(addresses).toEqual(['10.0.0.1:80', '10.0.0.2:80']);
  slices.set('api-1', ['10.0.0.9']);
  change('MODIFIED', 'api-1');
  await expect.poll(addresses).toEqual(['10.0.0.2:80', '10.0.0.9:80']);
  change('DELETED', 'api-2');
  await expect.poll(addresses).toEqual(['10.0.0.9:80']);
  expect(changes).toBe(3);
});

it('an outage leaves the table, is told once a reason, and ends with a new list', async () => {
  await open();
  await expect.poll(() => watches.size).toBe(1);
  status = 503;
  for (const watch of watches) watch.destroy();
  await expect.poll(() => paths.length).toBeGreaterThan(4);
  expect(addresses()).toEqual(['10.0.0.1:80']);
  // The watch was cut, and the list then refused.
  const away = ['endpoints.kubernetes-away', 'endpoints.kubernetes-away'];
  expect(events).toEqual(away);
  slices = new Map([['api-3', ['10.0.0.3']]]);
  version += 100;
  status = 200;
  await expect.poll(addresses).toEqual(['10.0.0.3:80']);
  expect(events).toEqual([...away, 'endpoints.kubernetes-back']);
  await expect.poll(() => watches.size).toBe(1);
  slices.set('api-3', ['10.0.0.4']);
  change('MODIFIED', 'api-3');
  await expect.poll(addresses).toEqual(['10.0.0.4:80']);
});

it('an API server that is away at the start is asked until it answers', async () => {
  status = 500;
  await open();
  expect(source!.endpoints).toEqual({});
  status = 200;
  await expect.poll(addresses).toEqual(['10.0.0.1:80']);
});

it('nothing is asked any more once it is closed', async () => {
  status = 500;
  await open();
  await source!.close();
  const asked = paths.length;
  // Longer than the wait before the next try.
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(paths).toHaveLength(asked);
});
