// `weir install` at a real API server, with Istio's resources: all of it is accepted, twice is once, and what the trainer
// published stays.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ApiServer } from '../../bench/cluster/api-server.js';
import { run } from '../../trainer/cli/program.js';
import { modelBase64 } from '../plugin/support/fixtures.js';
import { MODEL, rendered } from '../unit/install/render.js';
import { MONITORED, VALUE_SETS } from '../unit/install/value-sets.js';
import { liveConfig, namespace, publish, startCluster, valuesFile } from './install/cluster.js';

let api: ApiServer;
beforeAll(async () => {
  // Of the mesh; the trainer's come with the installation.
  api = await startCluster('shop', 'stock', 'istio-system', 'published', 'unlabelled');
}, 120_000);
afterAll(() => api?.stop());

interface Done {
  readonly code: number;
  readonly lines: readonly string[];
  readonly complaint: string;
}

async function install(values: object, ...options: readonly string[]): Promise<Done> {
  const file = await valuesFile(api, values);
  let [out, err] = ['', ''];
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true)),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true)),
  ];
  try {
    const code = await run(['install', '--values', file, '--kubeconfig', api.kubeConfig, ...options]);
    return { code, lines: out.split('\n').slice(0, -1), complaint: err };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const ends = (lines: readonly string[]) => [...new Set(lines.map((line) => line.split(' ').at(-1)))];

describe('an installation', () => {
  it.each(Object.entries({ ...VALUE_SETS, monitored: MONITORED }))(
    'is shown, made, and made once: %s',
    async (_, values) => {
      const count = rendered(values).length + 1;
      expect((await install(values, '--diff')).code).toBe(1);
      const first = await install(values);
      expect(first).toMatchObject({ code: 0, complaint: '' });
      expect(first.lines).toHaveLength(count);
      expect(ends((await install(values)).lines)).toEqual(['unchanged']);
      expect(await install(values, '--diff')).toEqual({ code: 0, lines: [], complaint: '' });
      // Strictly: a field that is in no schema is an error, not dropped.
      const list = { apiVersion: 'v1', kind: 'List', items: rendered(values) };
      const strict = [
        'apply',
        '--server-side',
        '--force-conflicts',
        '--dry-run=server',
        '--validate=strict',
        '-f',
        '-',
      ];
      await expect(api.kubectl(strict, JSON.stringify(list))).resolves.toMatch(/applied/);
    },
    60_000,
  );

  it('shows what would change, line by line', async () => {
    const values = VALUE_SETS['one service']!;
    await install(values, '--force');
    const { code, lines } = await install({ ...values, image: { tag: 'next' } }, '--diff');
    expect(code).toBe(1);
    expect(lines).toContain('--- Deployment weir-system/weir-trainer (live)');
    expect(lines.filter((line) => /^[-+] /.test(line))).toEqual([
      expect.stringMatching(/^- +- *image: registry.example|^- +image: registry.example/),
      expect.stringMatching(/^\+ +image: registry.example\/weir\/trainer:next/),
    ]);
    expect((await install(values, '--diff')).code).toBe(0);
  });

  it('shows what lies in a namespace that is not there yet as new', async () => {
    const { code, lines, complaint } = await install({ namespace: 'nowhere' }, '--diff');
    expect({ code, complaint }).toEqual({ code: 1, complaint: '' });
    expect(lines).toContain('+++ Deployment nowhere/weir-trainer (installed)');
    await expect(api.kubectl(['get', 'namespace', 'nowhere'])).rejects.toThrow(/not found/);
  });
});

describe('what the trainer published', () => {
  const place = 'published';
  const service = { name: 'api', port: 80 };
  const values = (...services: readonly object[]) => ({
    plugin: { url: 'oci://registry.example/weir/plugin:0.1.0' },
    mesh: [{ namespace: place, services }],
  });

  const told = () => liveConfig(api, place);
  const published = async (config: object) => publish(api, place, { ...(await told()), ...config });

  it('stays when the installation is made again, and when it changes what is balanced', async () => {
    await install(values(service), '--force');
    expect(await told()).toMatchObject({ model: MODEL });
    await published({
      model: modelBase64({ seed: 1 }),
      candidate: { model: modelBase64({ seed: 2 }), share: 0.1 },
    });
    const before = await told();
    expect(before['model']).toBe(modelBase64({ seed: 1 }));
    expect(ends((await install(values(service))).lines)).toEqual(['unchanged']);
    expect(await install(values(service, { name: 'more', port: 80 }))).toMatchObject({
      code: 0,
      complaint: '',
    });
    const clusters = ['api', 'more'].map((name) => `outbound|80||${name}.${place}.svc.cluster.local`);
    expect(await told()).toEqual({ ...before, clusters });
    // And the trainer goes on, once it has its new configuration.
    await published({ model: modelBase64({ seed: 3 }) });
    expect(await told()).toMatchObject({ model: modelBase64({ seed: 3 }), clusters });
  });

  it('is not the only thing that others may own: a person is asked first', async () => {
    await install(values(service), '--force');
    const patch = ['patch', 'wasmplugin', 'weir-client', '--namespace', place, '--type=merge'];
    await api.kubectl([...patch, '--patch', '{"spec":{"priority":7}}']);
    const { code, complaint } = await install(values(service));
    expect(code).toBe(1);
    expect(complaint).toMatch(
      /^weir: WasmPlugin published\/weir-client: .*\.spec\.priority \("kubectl-patch".*; --force takes them over\n$/,
    );
    expect(await install(values(service), '--force')).toMatchObject({ code: 0 });
    expect(await install(values(service))).toMatchObject({ code: 0 });
  });
});

describe('opting in by label', () => {
  const label = { 'weir.dev/balance': 'enabled' };
  const service = (place: string, name: string, labels: object, ports: readonly object[]) => ({
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: place, labels } },
    spec: { ports },
  });

  it('takes in namespaces that have it, and services in them, by the protocols of their ports', async () => {
    await api.apply(
      namespace('labelled', label),
      service('labelled', 'api', label, [
        { name: 'http', port: 80 },
        { name: 'grpc-admin', port: 81 },
        { name: 'db', port: 82, appProtocol: 'mysql' },
        { name: 'other', port: 83, appProtocol: 'http2' },
      ]),
      service('labelled', 'left-alone', {}, [{ name: 'http', port: 80 }]),
      service('unlabelled', 'api', label, [{ name: 'http', port: 80 }]),
    );
    const values = { plugin: { url: 'oci://registry.example/p' }, optIn: { byLabel: true } };
    const { code, lines } = await install(values, '--dry-run');
    expect(code).toBe(0);
    const text = lines.join('\n');
    expect(text.match(/outbound\|\d+\|\|[\w.-]+/g)).toEqual(
      expect.arrayContaining([80, 81, 83].map((port) => `outbound|${port}||api.labelled.svc.cluster.local`)),
    );
    expect(text).not.toMatch(/outbound\|82|left-alone|unlabelled/);
    expect(text).toContain('namespace: labelled\n');
  });
});
