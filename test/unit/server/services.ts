// A registry, a rollout and a twin in a few lines of memory, for the routes before them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { encodeModel } from '../../../trainer/actor/model-file.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';
import {
  Refused,
  type ModelEntry,
  type ModelsService,
  type GraphService,
  type RolloutService,
  type TracesService,
  type TwinService,
} from '../../../trainer/server/services.js';
import { EventLog } from '../../../trainer/telemetry/event-log.js';
import { Observer } from '../../../trainer/telemetry/graph/observer.js';
import { MemoryEvents } from '../../../trainer/telemetry/memory-events.js';
import { SpanReader } from '../../../trainer/telemetry/traces/read-spans.js';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A real log, in a folder of its own. */
export async function eventLog(): Promise<EventLog> {
  const dir = mkdtempSync(join(tmpdir(), 'weir-events-'));
  folders.push(dir);
  return EventLog.open(dir, { wall: () => new Date('2026-01-02T03:04:05Z') });
}

export const MODEL = encodeModel(untrainedModel({ hidden1: 4, hidden2: 4 }));
export const MODEL_ID = Buffer.from(MODEL.subarray(24, 40)).toString('hex');

interface Kept {
  entry: ModelEntry;
  card: Readonly<Record<string, unknown>>;
  bytes: Uint8Array;
}

export class FakeModels implements ModelsService {
  readonly kept = new Map<string, Kept>();
  readonly calls: unknown[] = [];

  list = async () => [...this.kept.values()].map(({ entry }) => entry);
  get = async (id: string) => {
    const kept = this.kept.get(id);
    return kept && { record: kept.entry, card: kept.card };
  };
  file = async (id: string) => this.kept.get(id)?.bytes;
  publish: ModelsService['publish'] = async ({ model, bytes, card = {}, force, by }) => {
    const entry = {
      id: model.id,
      status: force ? 'current' : 'candidate',
      pinned: false,
      createdAt: '2026-01-01T00:00:00.000Z',
    };
    this.calls.push(['publish', model.id, force, by]);
    this.kept.set(model.id, { entry, card, bytes });
    return entry;
  };
  promote: ModelsService['promote'] = async (id, why) => {
    this.calls.push(['promote', id, why]);
    return this.#known(id);
  };
  rollback: ModelsService['rollback'] = async (why) => {
    this.calls.push(['rollback', why]);
    throw new Refused('conflict', 'there is no model before this one');
  };
  pin: ModelsService['pin'] = async (id, pinned) => ({ ...this.#known(id), pinned });

  #known(id: string): ModelEntry {
    const kept = this.kept.get(id);
    if (kept === undefined) throw new Refused('unknown', `no model ${id}`);
    return kept.entry;
  }
}

export const rollout: RolloutService = {
  view: () => ({ stage: 'canary', share: 0.05 }),
  abort: async () => ({ stage: 'idle', share: 0 }),
};

export const twin: TwinService = {
  view: () => ({
    clusters: [{ cluster: 'api', scenario: { name: 'api' } }],
    skipped: [{ cluster: 'db', why: 'too little was seen' }],
  }),
  errors: () => ({ p99Ms: 0.07 }),
};

/** The real ones, with a clock of their own. */
export function observing(): {
  clock: { now: number };
  observer: Observer;
  graph: GraphService;
  traces: TracesService;
} {
  const clock = { now: 1000 };
  const observer = new Observer({
    ...{ now: () => clock.now, epochMs: 0, sampledShare: 1, keepSpans: 1000, jaeger: 'http://jaeger:16686' },
    events: new MemoryEvents(() => new Date(0)),
  });
  const traces: TracesService = {
    reader: new SpanReader([]),
    take: (spans, now) => observer.take(spans, now),
    find: (query) => observer.find(query),
    get: (id) => observer.get(id),
  };
  return { clock, observer, graph: observer, traces };
}
