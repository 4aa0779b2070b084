// When a round of learning begins, and what becomes of it.
import { hostname } from 'node:os';
import type { Span } from '@opentelemetry/api';
import type { Model } from '../actor/model.js';
import type { Scenario } from '../environment/schema.js';
import type { LoggedDecision } from '../learning/logged.js';
import type { TrainingLog } from '../learning/training-log.js';
import type { Registry } from '../rollout/registry/registry.js';
import type { Rollout } from '../rollout/rollout.js';
import type { EventSink } from '../telemetry/event.js';
import { withNeighbours } from '../telemetry/twin/neighbours.js';
import { inSpan, recordError } from '../tracing/in-span.js';
import { fineTune, type RoundOptions } from './fine-tuning.js';

/** Neighbours of a cluster's twin in a round. */
const NEIGHBOURS = 15;

export interface LearningOptions extends RoundOptions {
  /** Between the starts of two rounds, ms. */
  readonly everyMs: number;
}

export interface LearningParts {
  readonly registry: Registry;
  readonly rollout: Rollout;
  readonly events: EventSink;
  /** Scenarios of the twins, one a cluster; empty while too little was seen. */
  readonly twins: () => readonly Scenario[];
  readonly logged: (model: string, now: number) => readonly LoggedDecision[];
  /** A checkpoint whose critic rounds begin with. */
  readonly critic: string;
  /** Where rounds are kept to be looked at. */
  readonly training: TrainingLog;
  readonly wallNow: () => number;
}

export class Learning {
  readonly #abort = new AbortController();
  #round: Promise<void> | undefined;
  #nextAt: number;

  constructor(
    private readonly parts: LearningParts,
    private readonly options: LearningOptions,
    now: number,
  ) {
    this.#nextAt = now;
  }

  /** Begins a round where one is due: nothing is under way, and there is a mesh to learn from. */
  tick(now: number): void {
    const { rollout, twins } = this.parts;
    const { phase, coolDownMs } = rollout.view(now);
    const scenarios = twins();
    if (this.#round || now < this.#nextAt || phase !== 'idle' || coolDownMs > 0 || scenarios.length === 0)
      return;
    this.#nextAt = now + this.options.everyMs;
    this.#round = inSpan('learning.round', {}, (span) => this.#learn(scenarios, now, span)).finally(
      () => (this.#round = undefined),
    );
  }

  /** Ends a round under way; what it learned is lost. */
  async close(): Promise<void> {
    this.#abort.abort();
    await this.#round;
  }

  async #learn(twins: readonly Scenario[], now: number, span: Span): Promise<void> {
    const { registry, rollout, events, logged, critic, training, wallNow } = this.parts;
    const { signal } = this.#abort;
    const { current } = rollout.view(now);
    const entry = training.begin(current, wallNow());
    try {
      const seed = 1 + (wallNow() % 1_000_000);
      const model: Model = await registry.load(current);
      const decisions = logged(model.id, now);
      const scenarios = withNeighbours(twins, seed, NEIGHBOURS);
      const data = { model: model.id, round: entry.round, twins: twins.length, logged: decisions.length };
      const { round, logged: records } = data;
      span.setAttributes({
        'weir.model': model.id,
        'weir.round': round,
        'weir.twins': twins.length,
        'weir.logged': records,
      });
      events.emit('learning.began', `Model ${model.id} is fine-tuned on what the mesh is like now.`, data);
      const learned = await fineTune({
        ...{ ...this.options, model, scenarios, logged: decisions, seed, critic, wallNow, signal },
        onReport: (report) => entry.add(report),
      });
      if (!learned) {
        entry.state = signal.aborted ? 'aborted' : 'failed';
        return;
      }
      entry.model = learned.model.id;
      span.setAttribute('weir.learned', learned.model.id);
      const { updates, decisions: count, facts } = learned;
      events.emit('learning.ended', `A round of learning ended with model ${learned.model.id}.`, {
        ...{ model: learned.model.id, parent: model.id, updates, decisions: count },
      });
      const source = `fine-tuned from ${model.id}`;
      await registry.add(learned.model, facts, { createdBy: `trainer@${hostname()}`, source });
      await rollout.propose(learned.model, { by: 'trainer' });
      entry.state = 'proposed';
    } catch (error) {
      entry.state = signal.aborted ? 'aborted' : 'failed';
      if (signal.aborted) return;
      recordError(span, error);
      events.emit('learning.failed', `A round of learning failed: ${(error as Error).message}.`);
    }
  }
}
