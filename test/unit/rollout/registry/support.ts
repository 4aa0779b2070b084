import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CardFacts } from '../../../../trainer/actor/model-card.js';
import type { Model } from '../../../../trainer/actor/model.js';
import { untrainedModel } from '../../../../trainer/actor/untrained.js';
import { LeadershipLost, type Term } from '../../../../trainer/rollout/leader/leadership.js';
import type { Files } from '../../../../trainer/rollout/registry/files.js';
import { Registry } from '../../../../trainer/rollout/registry/registry.js';
import type { EventSink } from '../../../../trainer/telemetry/event.js';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-registry-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A term that lasts until the test ends it. */
export class TestTerm implements Term {
  isOver = false;

  constructor(readonly epoch = 1) {}

  async check(): Promise<void> {
    if (this.isOver) throw new LeadershipLost('the test ended the term');
  }
}

export class Said implements EventSink {
  readonly kinds: string[] = [];
  readonly messages: string[] = [];

  emit(kind: string, message: string): void {
    this.kinds.push(kind);
    this.messages.push(message);
  }
}

export const wall = () => new Date('2026-03-01T12:00:00Z');

export interface Opened {
  readonly registry: Registry;
  readonly said: Said;
  readonly term: TestTerm;
}

export async function openRegistry(dir: string, files?: Files, term = new TestTerm()): Promise<Opened> {
  const said = new Said();
  const options = { term, events: said, wall, ...(files ? { files } : {}) };
  return { registry: await Registry.open(dir, options), said, term };
}

/** Another seed is another model. */
export const model = (seed: number): Model => untrainedModel({ seed, hidden1: 4, hidden2: 4 });

export const facts = (parent: string | null = null): CardFacts => ({
  parent,
  algorithm: 'a3c',
  hyperparameters: { learningRate: 0.005 },
  seed: 1,
  scenarios: ['bursts'],
  evaluation: [{ scenario: 'bursts-01', policy: 'actor', seed: 7, requests: 100, meanMs: 10, p99Ms: 50 }],
  created: '2026-03-01T12:00:00.000Z',
});

export const origin = { createdBy: 'trainer@test', source: 'a test' };

/** Adds models with the seeds 1, 2, ..; returns their ids, oldest first. */
export async function fill(registry: Registry, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let seed = 1; seed <= count; seed++) {
    const { id } = await registry.add(model(seed), facts(ids.at(-1) ?? null), origin);
    ids.push(id);
  }
  return ids;
}
