// What only the trainer that leads does: it keeps the registry and the events, rolls models out, and goes on learning.
import { join } from 'node:path';
import { context } from '@opentelemetry/api';
import type { CardFacts } from '../actor/model-card.js';
import type { Model } from '../actor/model.js';
import type { Scenario } from '../environment/schema.js';
import type { TrainingLog } from '../learning/training-log.js';
import { Cleanup } from '../mesh/apps/cleanup.js';
import { Incidents } from '../rollout/incidents.js';
import type { Term } from '../rollout/leader/leadership.js';
import type { LiveRecords } from '../rollout/live-records.js';
import type { TargetState } from '../publish/target.js';
import { Document } from '../rollout/registry/document.js';
import { Registry } from '../rollout/registry/registry.js';
import { Rollout } from '../rollout/rollout.js';
import type { ServingPublisher } from '../rollout/serving.js';
import { rolloutDocument } from '../rollout/state.js';
import { EventLog } from '../telemetry/event-log.js';
import type { EventSink } from '../telemetry/event.js';
import type { Fleet } from '../telemetry/fleet.js';
import type { Report } from '../telemetry/report.js';
import type { Twin } from '../telemetry/twin/twin.js';
import { RolloutSpans } from '../tracing/rollout-spans.js';
import { Calibration } from './calibration.js';
import type { Events } from './events.js';
import { judge, keepIncident } from './judging.js';
import { Learning } from './learning.js';
import type { Lead } from './model-services.js';
import type { ServeOptions } from './options.js';

const MINUTE_MS = 60_000;
const PRUNE_EVERY_MS = 10 * MINUTE_MS;

export interface ClosablePublisher extends ServingPublisher {
  readonly targets: readonly TargetState[];
  close(): Promise<void>;
}

export interface LeadingParts {
  readonly dataDir: string;
  readonly options: ServeOptions;
  /** What serves where nothing was ever promoted, with its card. */
  readonly initial: Model;
  readonly initialFacts: CardFacts;
  readonly critic: string;
  readonly validation: readonly Scenario[];
  /** Made when this trainer begins to lead, closed when it ends. */
  readonly createPublisher: (
    fleet: Fleet,
    events: EventSink,
    mayWrite: () => Promise<void>,
  ) => ClosablePublisher;
  readonly fleet: Fleet;
  readonly twin: Twin;
  readonly records: LiveRecords;
  readonly events: Events;
  /** Outlives a term, as charts do. */
  readonly training: TrainingLog;
  readonly now: () => number;
  readonly wallNow: () => number;
}

export class Leading implements Lead {
  #pruneAt = 0;

  private constructor(
    private readonly parts: LeadingParts,
    readonly registry: Registry,
    readonly rollout: Rollout,
    private readonly calibration: Calibration,
    private readonly learning: Learning | undefined,
    private readonly publisher: ClosablePublisher,
    private readonly cleanup: Cleanup,
  ) {}

  /** @throws {Error} where a part cannot be opened; those before it are closed again then */
  static async open(term: Term, parts: LeadingParts): Promise<Leading> {
    const cleanup = new Cleanup();
    try {
      return await Leading.#assemble(term, parts, cleanup);
    } catch (error) {
      await cleanup.run();
      throw error;
    }
  }

  static async #assemble(term: Term, parts: LeadingParts, cleanup: Cleanup): Promise<Leading> {
    const { dataDir, options, initial, initialFacts, twin, records, events, training, now, wallNow } = parts;
    const wall = () => new Date(wallNow());
    const log = await EventLog.open(dataDir, { wall, mayWrite: () => term.check() });
    cleanup.add(() => log.close());
    cleanup.add(events.attach(log));
    const registry = await Registry.open(dataDir, { term, events, wall });
    await registry.add(initial, initialFacts, { createdBy: 'shipped', source: 'came with the package' });
    const document = await Document.open(dataDir, { ...rolloutDocument, term, events });
    const publisher = parts.createPublisher(parts.fleet, events, () => term.check());
    const { validation, critic } = parts;
    const incidents = new Incidents(join(dataDir, 'incidents'));
    const judging = { twin, validation, incidents, gate: options.gate, events, wallNow };
    const { shares, minStageSeconds, coolDownMinutes } = options.rollout;
    cleanup.add(() => publisher.close());
    const spans = new RolloutSpans(events);
    cleanup.add(() => spans.close());
    const rollout = await Rollout.open(
      {
        ...{ initial, events: spans, records, now, wallNow },
        gate: (candidate, current, signal) => judge(judging, candidate, current, signal),
        publisher: {
          async serve(serving) {
            await term.check();
            await context.with(spans.context(), () => publisher.serve(serving));
          },
        },
        store: { read: () => document.value, write: (state) => document.write(state) },
        models: registry,
        onHarm: () => void keepIncident(judging),
      },
      { shares, minStageMs: minStageSeconds * 1000, coolDownMs: coolDownMinutes * MINUTE_MS },
    );
    const calibration = new Calibration(twin, (at) => registry.load(rollout.view(at).current), events);
    cleanup.add(() => calibration.close());
    cleanup.add(() => rollout.close());
    const { enabled, everyMinutes, minutes, ...round } = options.learning;
    const learning = new Learning(
      {
        ...{ registry, rollout, events, critic, training, wallNow },
        twins: () => twin.list().map(({ scenario }) => scenario),
        logged: (model, at) => records.of(model, at),
      },
      { ...round, everyMs: everyMinutes * MINUTE_MS, learnMs: minutes * MINUTE_MS },
      now(),
    );
    cleanup.add(() => learning.close());
    return new Leading(
      parts,
      registry,
      rollout,
      calibration,
      enabled ? learning : undefined,
      publisher,
      cleanup,
    );
  }

  get targets(): readonly TargetState[] {
    return this.publisher.targets;
  }

  onReport(report: Report, now: number): void {
    this.rollout.onReport(report, now);
  }

  /** About once a second. */
  async tick(now: number): Promise<void> {
    await this.rollout.tick(now);
    this.learning?.tick(now);
    this.#prune(now);
    this.calibration.tick(now);
  }

  /** In reverse order; a rollout under way is gone on with by the next leader. */
  close(): Promise<void> {
    return this.cleanup.run();
  }

  /** Old models go; a disk that refuses it today is asked again. */
  #prune(now: number): void {
    if (now < this.#pruneAt) return;
    this.#pruneAt = now + PRUNE_EVERY_MS;
    this.registry.prune(this.parts.options.keepModels).catch((error: unknown) => {
      this.parts.events.emit('registry.unpruned', `Old models stay: ${(error as Error).message}.`);
    });
  }
}
