import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileSource } from '../../../trainer/telemetry/endpoint-source-file.js';
import { tableOf } from '../../../trainer/telemetry/endpoint-source-slices.js';
import { mergeSources, type EndpointSource } from '../../../trainer/telemetry/endpoint-source.js';

const events: string[] = [];
const sink = { emit: (kind: string, message: string) => void events.push(`${kind}: ${message}`) };
let dir: string;
let path: string;
let source: EndpointSource | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'weir-endpoints-'));
  path = join(dir, 'endpoints.yaml');
  events.length = 0;
});
afterEach(async () => {
  await source?.close();
  source = undefined;
  rmSync(dir, { recursive: true });
});
const open = (text: string) => {
  writeFileSync(path, text);
  return (source = fileSource({ path, events: sink, pollMs: 10 }));
};

describe('a file of endpoints', () => {
  it('may be YAML or JSON, addresses alone or with a weight', () => {
    const expected = { api: [{ address: '10.0.0.1:80', weight: 1 }, { address: '[::1]:80', weight: 2.5 }] }; // prettier-ignore
    expect(
      open('api:\n  - 10.0.0.1:80\n  - { address: "[::1]:80", weight: 2.5 }\ndb: []\n').endpoints,
    ).toEqual({ ...expected, db: [] });
    const json = '{"api":["10.0.0.1:80",{"address":"[::1]:80","weight":2.5}]}';
    writeFileSync(join(dir, 'e.json'), json);
    const other = fileSource({ path: join(dir, 'e.json'), events: sink });
    expect(other.endpoints).toEqual(expected);
    void other.close();
  });

  it.each([
    ['api: [10.0.0.1]', 'api.0: is not IP:PORT'],
    ['api: [{ address: "10.0.0.1:80", weight: 0 }]', 'api.0.weight: Too small'],
    ['api: ["10.0.0.1:80", "10.0.0.1:80"]', 'api: an address appears twice'],
    ['api: {', 'endpoints.yaml: '],
    ['- a', 'expected record'],
  ])('with %j is refused at the start', (text, message) => {
    expect(() => open(text)).toThrow(message);
    expect(() => open(text)).toThrow(path);
  });

  it('is followed as it changes, also when another takes its place', async () => {
    const { onChange } = open('api: ["10.0.0.1:80"]');
    let changes = 0;
    onChange(() => (changes += 1));
    writeFileSync(join(dir, 'new'), 'api: ["10.0.0.2:80"]');
    renameSync(join(dir, 'new'), path);
    await expect.poll(() => source!.endpoints['api']?.[0]?.address).toBe('10.0.0.2:80');
    expect(changes).toBe(1);
  });

  it('that becomes wrong or goes away leaves the table, and an event says why', async () => {
    open('api: ["10.0.0.1:80"]');
    writeFileSync(path, 'api: [nonsense, 1]');
    await expect.poll(() => events.at(-1)).toMatch(/^endpoints.file-rejected: .*endpoints.yaml: api.0/);
    rmSync(path);
    await expect.poll(() => events.at(-1)).toMatch(/ENOENT.*the table before stays/);
    expect(source!.endpoints['api']).toHaveLength(1);
    writeFileSync(path, 'api: []');
    await expect.poll(() => source!.endpoints['api']).toEqual([]);
  });
});

it('the first source that names a cluster says all of it', () => {
  const of = (endpoints: EndpointSource['endpoints']): EndpointSource => ({
    endpoints,
    onChange: () => () => {},
    close: async () => {},
  });
  const [a, b] = [{ address: '10.0.0.1:80', weight: 1 }, { address: '10.0.0.2:80', weight: 1 }]; // prettier-ignore
  const merged = mergeSources([of({ api: [a], empty: [] }), of({ api: [a, b], empty: [a], db: [b] })]);
  expect(merged.endpoints).toEqual({ api: [a], empty: [], db: [b] });
});

describe('the table of endpoint slices', () => {
  const NAME = '{service}.{namespace}:{port}/{portName}';
  const slice = (endpoints: object[], more: object = {}) =>
    ({
      addressType: 'IPv4',
      metadata: { namespace: 'shop', labels: { 'kubernetes.io/service-name': 'api' } },
      ports: [{ name: 'http', port: 8080 }],
      endpoints,
      ...more,
    }) as never;
  const at = (ip: string, conditions: object = {}, more: object = {}) => ({
    addresses: [ip],
    conditions,
    ...more,
  });
  const addresses = (...slices: never[]) =>
    (tableOf(slices, NAME)['api.shop:8080/http'] ?? []).map(({ address }) => address);

  it('has the endpoints that are ready; what is not said counts as ready', () => {
    expect(
      addresses(slice([at('10.0.0.3', { ready: true }), at('10.0.0.2', { ready: false }), at('10.0.0.1')])),
    ).toEqual(['10.0.0.1:8080', '10.0.0.3:8080']);
  });

  it('has those that end but still serve only while none is ready', () => {
    const ending = at('10.0.0.1', { ready: false, serving: true, terminating: true });
    const gone = at('10.0.0.2', { ready: false, serving: false, terminating: true });
    expect(addresses(slice([ending, gone]))).toEqual(['10.0.0.1:8080']);
    expect(addresses(slice([ending, gone]), slice([at('10.0.0.3')]))).toEqual(['10.0.0.3:8080']);
  });

  it('puts the slices of a service together, each address once, and keeps zones and their hints', () => {
    const zoned = at('10.0.0.1', {}, { zone: 'a', hints: { forZones: [{ name: 'a' }, { name: 'b' }] } });
    const table = tableOf([slice([at('10.0.0.1', { ready: false, serving: true })]), slice([zoned])], NAME);
    expect(table).toEqual({
      'api.shop:8080/http': [{ address: '10.0.0.1:8080', weight: 1, zone: 'a', forZones: ['a', 'b'] }],
    });
  });

  it('names IPv6 addresses as Envoy does, and passes over names and slices of no service', () => {
    expect(addresses(slice([at('fd00::1')], { addressType: 'IPv6' }))).toEqual(['[fd00::1]:8080']);
    expect(addresses(slice([at('example.org')], { addressType: 'FQDN' }))).toEqual([]);
    expect(tableOf([slice([at('10.0.0.1')], { metadata: { namespace: 'shop' } })], NAME)).toEqual({});
  });

  it('has a cluster for each port, empty where nothing serves', () => {
    const ports = [{ name: 'http', port: 8080 }, { name: 'grpc', port: 9090 }, { name: 'any' }]; // prettier-ignore
    const table = tableOf([slice([at('10.0.0.1', { ready: false })], { ports })], NAME);
    expect(table).toEqual({ 'api.shop:8080/http': [], 'api.shop:9090/grpc': [] });
  });
});
