import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createConfigurationPublisher } from '../../../trainer/publish/client-configuration.js';
import { createTrafficExtensionPublisher } from '../../../trainer/publish/istio-trafficextension.js';
import { createWasmPluginPublisher, type IstioOptions } from '../../../trainer/publish/istio-wasmplugin.js';
import {
  createResourceClient,
  type ResourceClient,
} from '../../../trainer/publish/kubernetes/resource-client.js';
import { PassingError, RefusedError, type Publisher } from '../../../trainer/publish/publisher.js';
import { ApiServer, failure } from './support/api-server.js';
import { FIRST, SECOND, base64 } from './support/models.js';
import { VirtualTime } from './support/virtual-time.js';

/** Of a call, real ms: long against a loopback's answer. */
const TIMEOUT_MS = 300;
const PLACE = { namespace: 'istio-system', name: 'weir' };
const path = (plural: string) => `/apis/extensions.istio.io/v1alpha1/namespaces/istio-system/${plural}/weir`;

const KINDS = [
  {
    kind: 'WasmPlugin',
    at: path('wasmplugins'),
    create: createWasmPluginPublisher,
    spec: (pluginConfig: object) => ({
      url: 'oci://weir',
      selector: { matchLabels: { app: 'shop' } },
      pluginConfig,
    }),
    field: '.spec.pluginConfig',
  },
  {
    kind: 'TrafficExtension',
    at: path('trafficextensions'),
    create: createTrafficExtensionPublisher,
    spec: (pluginConfig: object) => ({ phase: 'STATS', wasm: { url: 'oci://weir', pluginConfig } }),
    field: '.spec.wasm.pluginConfig',
  },
];

let server: ApiServer;
let client: ResourceClient;
beforeEach(async () => {
  server = await new ApiServer().start();
  client = createResourceClient(server.kubeConfig(), TIMEOUT_MS);
});
afterEach(() => server.stop());

describe.each(KINDS)('publishing to a $kind', ({ kind, at, create, spec, field }) => {
  const publisher = (options: Partial<IstioOptions> = {}): Publisher =>
    create(client, { ...PLACE, onConflict: 'fail', ...options });
  const published = () => server.object(at).spec;
  const patches = () => server.calls.filter(({ method }) => method === 'PATCH');

  it('writes the plugin configuration and leaves the rest to who wrote it', async () => {
    server.applyAs('helm', at, spec({ role: 'client' }));
    await publisher().publish({ role: 'client', model: 'AAAA', weights: { max: 4 } });
    expect(published()).toEqual(spec({ role: 'client', model: 'AAAA', weights: { max: 4 } }));
    const [patch] = patches();
    expect(patch?.contentType).toBe('application/apply-patch+yaml');
    expect(Object.fromEntries(patch?.query ?? [])).toEqual({ fieldManager: 'weir-trainer', force: 'false' });
  });

  it('takes a candidate out again, and what else it wrote and does not write any more', async () => {
    server.applyAs('helm', at, spec({ role: 'client' }));
    await publisher().publish({
      role: 'client',
      model: 'A',
      candidate: { model: 'B', share: 0.05 },
      mode: 'act',
    });
    await publisher().publish({ role: 'client', model: 'B' });
    expect(published()).toEqual(spec({ role: 'client', model: 'B' }));
  });

  it('changes nothing when it publishes the same again', async () => {
    server.applyAs('helm', at, spec({ role: 'client' }));
    await publisher().publish({ role: 'client', model: 'A' });
    const { resourceVersion } = server.object(at).metadata;
    await publisher().publish({ role: 'client', model: 'A' });
    expect(server.object(at).metadata.resourceVersion).toBe(resourceVersion);
  });

  it('does not override what another manager wrote, and names it and the field', async () => {
    server.applyAs('kubectl-edit', at, spec({ role: 'client', mode: 'off' }));
    const attempt = publisher().publish({ role: 'client', mode: 'act', model: 'A' });
    await expect(attempt).rejects.toThrow(RefusedError);
    await expect(attempt).rejects.toThrow(`${field}.mode ("kubectl-edit")`);
    expect(published()).toEqual(spec({ role: 'client', mode: 'off' }));
  });

  it('takes over the models alone where it may do that', async () => {
    server.applyAs('helm', at, spec({ role: 'client', model: 'shipped' }));
    await publisher({ onConflict: 'take-models' }).publish({ role: 'client', model: 'A' });
    expect(published()).toEqual(spec({ role: 'client', model: 'A' }));
    server.applyAs('kubectl-edit', at, spec({ role: 'client', model: 'A', mode: 'off' }));
    const attempt = publisher({ onConflict: 'take-models' }).publish({
      role: 'client',
      mode: 'act',
      model: 'B',
    });
    await expect(attempt).rejects.toThrow(`${field}.mode ("kubectl-edit")`);
    expect(published()).toEqual(spec({ role: 'client', model: 'A', mode: 'off' }));
  });

  it('takes over all fields where it may do that', async () => {
    server.applyAs('kubectl-edit', at, spec({ role: 'client', mode: 'off' }));
    await publisher({ onConflict: 'take-all' }).publish({ role: 'client', mode: 'act', model: 'A' });
    expect(published()).toEqual(spec({ role: 'client', mode: 'act', model: 'A' }));
  });

  it('says who keeps a candidate alive that it wants gone', async () => {
    server.applyAs('helm', at, spec({ role: 'client', candidate: { model: 'old', share: 0.1 } }));
    const attempt = publisher().publish({ role: 'client', model: 'A' });
    await expect(attempt).rejects.toThrow(`${field}.candidate goes on, managed by helm: remove it there`);
    await expect(attempt).rejects.toThrow(RefusedError);
  });

  it('reads anew and tries again when the resource changed in between', async () => {
    server.applyAs('helm', at, spec({ role: 'client' }));
    let changes = 2;
    server.beforePatch = () => {
      if (changes-- > 0) server.applyAs('other', at, spec({ role: 'client', tracing: { at: changes } }));
    };
    await publisher().publish({ role: 'client', model: 'A' });
    expect(published()).toEqual(spec({ role: 'client', model: 'A', tracing: { at: 0 } }));
    expect(patches()).toHaveLength(3);
  });

  it('leaves it for later when the resource never rests', async () => {
    server.applyAs('helm', at, spec({ role: 'client' }));
    let changes = 0;
    server.beforePatch = () =>
      server.applyAs('other', at, spec({ role: 'client', tracing: { at: changes++ } }));
    await expect(publisher().publish({ role: 'client', model: 'A' })).rejects.toThrow(PassingError);
  });

  it('says that the resource is not there, and makes none out of a part of its spec', async () => {
    await expect(publisher().publish({ role: 'client' })).rejects.toThrow(
      `${kind} istio-system/weir: 404 not found; create it, or say its \`spec\``,
    );
    expect(server.has(at)).toBe(false);
  });

  it('does not make it anew when it is deleted in between', async () => {
    server.applyAs('helm', at, spec({ role: 'client' }));
    server.beforePatch = () => server.delete(at);
    await expect(publisher().publish({ role: 'client' })).rejects.toThrow(RefusedError);
    expect(server.has(at)).toBe(false);
  });

  it('makes and keeps the whole resource where its spec is said', async () => {
    const own = spec({});
    const whole = publisher({ spec: own });
    await whole.publish({ role: 'client', model: 'A' });
    expect(server.object(at)).toMatchObject({ kind, apiVersion: 'extensions.istio.io/v1alpha1' });
    expect(published()).toEqual(spec({ role: 'client', model: 'A' }));
    await whole.publish({ role: 'client', model: 'B' });
    expect(published()).toEqual(spec({ role: 'client', model: 'B' }));
  });

  it.each([400, 403, 404, 422])('rejects for good on %i, with what the server said', async (status) => {
    server.applyAs('helm', at, spec({ role: 'client' }));
    const [, body] = failure(status, 'Reason', 'weir-trainer may not do that');
    server.fault = ({ method }) => (method === 'PATCH' ? { status, body: JSON.stringify(body) } : undefined);
    const attempt = publisher().publish({ role: 'client' });
    await expect(attempt).rejects.toThrow(RefusedError);
    await expect(attempt).rejects.toThrow(
      `${kind} istio-system/weir: ${status} weir-trainer may not do that`,
    );
  });

  it.each([408, 429, 500, 503])('leaves it for later on %i', async (status) => {
    server.fault = () => ({
      status,
      body: 'upstream connect error',
      headers: { 'content-type': 'text/plain' },
    });
    const attempt = publisher().publish({ role: 'client' });
    await expect(attempt).rejects.toThrow(PassingError);
    await expect(attempt).rejects.toThrow(`${status} upstream connect error`);
  });

  it('leaves it for later while its token is refused: another one is read within a minute', async () => {
    server.fault = () => ({ status: 401 });
    const attempt = publisher().publish({ role: 'client' });
    await expect(attempt).rejects.toThrow(PassingError);
    await expect(attempt).rejects.toThrow('401 Unauthorized');
  });

  it('passes on how long the server asks to be left alone', async () => {
    server.fault = () => ({ status: 429, headers: { 'retry-after': '17' } });
    const attempt = publisher().publish({ role: 'client' });
    await expect(attempt).rejects.toMatchObject({ name: 'PassingError', retryAfterMs: 17_000 });
  });

  it('does not wait for ever on a connection that says nothing', async () => {
    server.fault = () => 'hang';
    const attempt = publisher().publish({ role: 'client' });
    await expect(attempt).rejects.toThrow(PassingError);
    await expect(attempt).rejects.toThrow(`no answer within ${TIMEOUT_MS} ms`);
  });

  it('gives up a call under way when it is told to', async () => {
    server.fault = () => 'hang';
    const patient = createResourceClient(server.kubeConfig(), 60_000);
    const stop = new AbortController();
    const attempt = create(patient, { ...PLACE, onConflict: 'fail' }).publish(
      { role: 'client' },
      stop.signal,
    );
    const rejected = expect(attempt).rejects.toThrow(PassingError);
    while (server.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    await rejected;
  });
});

it('survives an API server that is away for minutes, and hangs, and comes back', async () => {
  const { at, spec } = KINDS[0]!;
  server.applyAs('helm', at, spec({ role: 'client' }));
  const time = new VirtualTime();
  const down = 20 * 60_000;
  let calls = 0;
  server.fault = () => {
    if (time.now() >= down) return undefined;
    return calls++ === 3 ? 'hang' : 'reset';
  };
  const target = {
    name: 'mesh',
    publisher: createWasmPluginPublisher(client, { ...PLACE, onConflict: 'fail' }),
  };
  const publisher = createConfigurationPublisher({ role: 'client' }, [target], time);
  const first = publisher.serve({ current: FIRST }).catch((error: unknown) => error);
  await time.until(() => publisher.targets[0]?.lastError !== undefined && time.now() > 60_000);
  // The newer model is what arrives.
  const second = publisher.serve({ current: SECOND });
  expect(await first).toMatchObject({ name: 'ReplacedError' });
  await time.until(() => publisher.targets[0]?.published !== undefined);
  await second;
  expect(server.object(at).spec).toEqual(spec({ role: 'client', model: base64(SECOND) }));
  expect(time.now()).toBeLessThan(down + 31_000);
  await publisher.close();
});
