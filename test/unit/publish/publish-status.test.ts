// What the status of a resource says after publishing, and that it never gets in the way.
import { describe, expect, it } from 'vitest';
import type { Resource, ResourceClient } from '../../../trainer/publish/kubernetes/resource-client.js';
import { CONDITION, withStatus } from '../../../trainer/publish/kubernetes/publish-status.js';
import { WASM_PLUGIN } from '../../../trainer/publish/istio-wasmplugin.js';
import { PassingError, RefusedError } from '../../../trainer/publish/publisher.js';
import { FIRST, SECOND, base64 } from './support/models.js';

const TARGET = { type: WASM_PLUGIN, namespace: 'shop', name: 'weir-client' };
const FOREIGN = { type: 'Reconciled', status: 'True' };

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly lastTransitionTime?: string;
}

/** A resource whose status and events are kept. */
function cluster() {
  const state = {
    conditions: [FOREIGN] as Condition[],
    events: [] as object[],
    versions: [] as unknown[],
    isDown: false,
    told: [] as string[],
    now: 0,
    failure: undefined as Error | undefined,
  };
  const resource = () =>
    ({ metadata: { uid: 'u', resourceVersion: '7' }, status: { conditions: state.conditions } }) as Resource;
  const client = {
    async read() {
      if (state.isDown) throw new Error('connect ECONNREFUSED');
      return resource();
    },
    async patchStatus(_type: unknown, _name: unknown, body: object) {
      const { status, metadata } = body as { status: { conditions: Condition[] }; metadata: object };
      state.conditions = status.conditions;
      state.versions.push(metadata);
      return resource();
    },
    async createEvent(_namespace: string, event: object) {
      state.events.push(event);
    },
  } as unknown as ResourceClient;
  const inner = {
    async publish() {
      if (state.failure) throw state.failure;
    },
  };
  const publisher = withStatus(inner, TARGET, {
    client,
    wallNow: () => state.now,
    events: { emit: (kind) => state.told.push(kind) },
  });
  const own = () => state.conditions.find(({ type }) => type === CONDITION);
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { state, publisher, own, settled };
}

const configuration = { role: 'client', model: base64(FIRST) };
const candidate = { model: base64(SECOND), share: 0.05 };

describe('the condition of a resource', () => {
  it('names the models, keeps the conditions of others, and goes along with the version read', async () => {
    const { state, publisher, own, settled } = cluster();
    await publisher.publish({ ...configuration, candidate });
    await settled();
    expect(own()).toEqual({
      ...{ type: CONDITION, status: 'True', reason: 'CandidatePublished' },
      message: `model ${FIRST.id} serves, candidate ${SECOND.id} gets 5% of the requests`,
      lastTransitionTime: '1970-01-01T00:00:00.000Z',
    });
    expect(state.conditions[0]).toEqual(FOREIGN);
    expect(state.versions).toEqual([{ resourceVersion: '7' }]);
    expect(state.events).toMatchObject([
      {
        ...{ type: 'Normal', reason: 'CandidatePublished', eventTime: '1970-01-01T00:00:00.000000Z' },
        regarding: { kind: 'WasmPlugin', namespace: 'shop', name: 'weir-client', uid: 'u' },
      },
    ]);
  });

  it('changes its time with its status alone, and says what was refused', async () => {
    const { state, publisher, own, settled } = cluster();
    await publisher.publish({ ...configuration, candidate });
    await settled();
    state.now = 1000;
    await publisher.publish(configuration);
    await settled();
    expect(own()).toMatchObject({
      reason: 'ModelPublished',
      lastTransitionTime: '1970-01-01T00:00:00.000Z',
    });
    state.failure = new RefusedError('others manage .spec.pluginConfig.mode');
    await expect(publisher.publish(configuration)).rejects.toThrow('others manage');
    await settled();
    expect(own()).toMatchObject({
      ...{ status: 'False', reason: 'PublishRefused', message: 'others manage .spec.pluginConfig.mode' },
      lastTransitionTime: '1970-01-01T00:00:01.000Z',
    });
    expect(state.events.at(-1)).toMatchObject({ type: 'Warning' });
  });

  it('says nothing of what is tried again', async () => {
    const { state, publisher, settled } = cluster();
    state.failure = new PassingError('503');
    await expect(publisher.publish(configuration)).rejects.toThrow('503');
    await settled();
    expect(state.conditions).toEqual([FOREIGN]);
  });

  it('is no reason to fail where it cannot be written, and that is told once', async () => {
    const { state, publisher, own, settled } = cluster();
    state.isDown = true;
    for (let n = 0; n < 3; n++) {
      await publisher.publish(configuration);
      await settled();
    }
    expect(state.told).toEqual(['publish.status-unwritten']);
    state.isDown = false;
    await publisher.publish(configuration);
    await settled();
    expect(own()).toMatchObject({ status: 'True' });
  });
});
