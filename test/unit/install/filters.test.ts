import { describe, expect, it } from 'vitest';
import { MockHost } from '../../plugin/support/mock-host.js';
import { MODEL, only, pluginConfig, rendered } from './render.js';
import { VALUE_SETS } from './value-sets.js';

const FILTERS = ['WasmPlugin', 'TrafficExtension'];
const filters = Object.entries(VALUE_SETS).flatMap(([set, values]) =>
  rendered(values)
    .filter(({ kind }) => FILTERS.includes(kind))
    .map((manifest) => [set, `${manifest.metadata.namespace}/${manifest.metadata.name}`, manifest] as const),
);

describe('the configuration of the filter', () => {
  it.each(filters)('is taken by the filter: %s, %s', async (_set, _name, manifest) => {
    const host = await MockHost.start({ config: pluginConfig(manifest) });
    expect(host.logs.filter(({ level }) => level === 'error')).toEqual([]);
    // The same host refuses what the filter does not know.
    expect(host.reconfigure({ ...pluginConfig(manifest), speck: 1 })).toBe(false);
  });

  it('of role client names what is balanced, the trainer and the first model', () => {
    const values = VALUE_SETS['workloads by label, subsets, grpc, another namespace']!;
    const clients = rendered(values).filter(({ metadata }) => metadata.name === 'weir-client');
    expect(clients.map(({ metadata }) => metadata.namespace)).toEqual(['shop', 'stock']);
    for (const client of clients)
      expect(pluginConfig(client)).toEqual({
        role: 'client',
        clusters: [
          'outbound|8080||api.shop.svc.cluster.local',
          'outbound|8080|v1|api.shop.svc.cluster.local',
          'outbound|8080|v2|api.shop.svc.cluster.local',
          'outbound|9000||prices.stock.svc.cluster.local',
        ],
        report: { cluster: 'outbound|7070||weir-trainer.weir-system.svc.cluster.local' },
        model: MODEL,
      });
  });

  it('has what the operator says beside the report cluster', () => {
    const client = only(
      VALUE_SETS['TrafficExtension, and what the filter is told']!,
      'TrafficExtension',
      'weir-client',
    );
    expect(pluginConfig(client)).toMatchObject({
      ...{ mode: 'shadow', policy: 'ewma-full' },
      report: { intervalMs: 2000, cluster: 'outbound|7070||weir-trainer.weir-system.svc.cluster.local' },
    });
  });
});

describe('the filters', () => {
  it('are one for each role, for traffic of its own direction', () => {
    const values = VALUE_SETS['one service']!;
    expect(only(values, 'WasmPlugin', 'weir-client').spec).toMatchObject({
      ...{ match: [{ mode: 'CLIENT' }], type: 'HTTP', failStrategy: 'FAIL_RELOAD', priority: 0 },
      url: 'oci://registry.example/weir/plugin:0.1.0',
    });
    expect(only(values, 'WasmPlugin', 'weir-server').spec).toMatchObject({ match: [{ mode: 'SERVER' }] });
    // Right before the router.
    expect(only(values, 'WasmPlugin', 'weir-client').spec).not.toHaveProperty('phase');
  });

  it('are TrafficExtensions where that is wanted', () => {
    const values = VALUE_SETS['TrafficExtension, and what the filter is told']!;
    expect(only(values, 'TrafficExtension', 'weir-client').spec).toMatchObject({
      ...{ phase: 'STATS', priority: 10, match: [{ mode: 'CLIENT' }] },
      wasm: { url: 'https://registry.example/plugin.wasm', failStrategy: 'FAIL_OPEN', type: 'HTTP' },
    });
    expect(rendered(values).some(({ kind }) => kind === 'WasmPlugin')).toBe(false);
  });

  it('leave all clusters alone where no service is named', () => {
    const values = VALUE_SETS['a namespace without services']!;
    expect(only(values, 'WasmPlugin').metadata.name).toBe('weir-server');
    expect(rendered(values).some(({ kind }) => kind === 'EnvoyFilter')).toBe(false);
  });
});

describe('the EnvoyFilter', () => {
  const values = VALUE_SETS['workloads by label, subsets, grpc, another namespace']!;
  const patches = rendered(values)
    .filter(({ kind }) => kind === 'EnvoyFilter')
    .map(({ spec }) => spec?.['configPatches'] as readonly { match: { context: string; cluster: object } }[]);

  it('changes the clusters of the balanced services alone, at sidecars and gateways', () => {
    expect(patches).toHaveLength(2);
    expect(patches[0]).toEqual(patches[1]);
    expect(patches[0]!.map(({ match }) => match)).toEqual(
      ['api.shop', 'prices.stock'].flatMap((name, i) =>
        ['SIDECAR_OUTBOUND', 'GATEWAY'].map((context) => ({
          context,
          cluster: { service: `${name}.svc.cluster.local`, portNumber: [8080, 9000][i] },
        })),
      ),
    );
  });

  it('keeps to the workloads that the filter is in', () => {
    const [filter] = rendered(values).filter(({ kind }) => kind === 'EnvoyFilter');
    expect(filter!.spec).toMatchObject({ workloadSelector: { labels: { 'weir.dev/balance': 'enabled' } } });
  });

  it('says the protocol of the port, which merging takes away, and removes the header before the wire', () => {
    const options = (
      patches[0] as unknown as { patch: { value: { typed_extension_protocol_options: object } } }[]
    ).map(
      ({ patch }) =>
        Object.values(patch.value.typed_extension_protocol_options)[0] as Record<string, unknown>,
    );
    expect(options.map((one) => one['explicit_http_config'])).toEqual([
      ...[{ http_protocol_options: {} }, { http_protocol_options: {} }],
      ...[{ http2_protocol_options: {} }, { http2_protocol_options: {} }],
    ]);
    for (const one of options)
      expect(one['http_filters']).toMatchObject([
        { typed_config: { mutations: { request_mutations: [{ remove: 'x-weir-endpoint' }] } } },
        { name: 'envoy.filters.http.upstream_codec' },
      ]);
  });
});
