// What only the trainer that leads does: it keeps the registry and the events, rolls models out, and goes on learning.
import { join } from 'node:path';
import { encodeModel } from '../actor/model-file.js';
import type { CardFacts } from '../actor/model-card.js';
import type { Model } from '../actor/model.js';
import type { Scenario } from '../environment/schema.js';
import { GATE_DEFAULTS, runGate, type GateVerdict } from '../rollout/gate.js';
import { Incidents } from '../rollout/incidents.js';
import type { Term } from '../rollout/leader/leadership.js';
import type { LiveRecords } from '../rollout/live-records.js';
import { Document } from '../rollout/registry/document.js';
import { Registry } from '../rollout/registry/registry.js';
import { Rollout } from '../rollout/rollout.js';
import type { ServingPublisher } from '../rollout/serving.js';
import { rolloutDocument } from '../rollout/state.js';
import { EventLog } from '../telemetry/event-log.js';
import type { Fleet } from '../telemetry/fleet.js';
import type { Report } from '../telemetry/report.js';
import { neighbours } from '../telemetry/twin/neighbours.js';
import type { Twin } from '../telemetry/twin/twin.js';
import type { Events } from './events.js';
import { Learning } from './learning.js';
import type { Lead } from './model-services.js';
import type { ServeOptions } from './options.js';

const MINUTE_MS = 60_000;
/** Of each twin, in the gate. */
const GATE_NEIGHBOURS = 3;
const CALIBRATE_EVERY_MS = 30_000;
const PRUNE_EVERY_MS = 10 * MINUTE_MS;

export interface ClosablePublisher extends ServingPublisher {
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
  readonly createPublisher: (fleet: Fleet) => ClosablePublisher;
  readonly fleet: Fleet;
  readonly twin: Twin;
  readonly records: LiveRecords;
  readonly events: Events;
  readonly now: () => number;
  readonly wallNow: () => number;
}

export class Leading implements Lead {
  #twinning: Promise<void> | undefined;
  #calibrateAt = 0;
  #pruneAt = 0;

  private constructor(
    private readonly parts: LeadingParts,
    readonly registry: Registry,
    readonly rollout: Rollout,
    private readonly publisher: ClosablePublisher,
    private readonly learning: Learning | undefined,
    private readonly ends: readonly (() => Promise<void> | void)[],
  ) {}

  static async open(term: Term, parts: LeadingParts): Promise<Leading> {
    const { dataDir, options, initial, initialFacts, fleet, twin, records, events, now, wallNow } = parts;
    const wall = () => new Date(wallNow());
    const log = await EventLog.open(dataDir, { wall, mayWrite: () => term.check() });
    const detach = events.attach(log);
    const registry = await Registry.open(dataDir, { term, events, wall });
    await registry.add(initial, initialFacts, { createdBy: 'shipped', source: 'came with the package' });
    const document = await Document.open(dataDir, { ...rolloutDocument, term, events });
    const publisher = parts.createPublisher(fleet);
    const incidents = new Incidents(join(dataDir, 'incidents'));
    const gate = (candidate: Model, current: Model, signal: AbortSignal) =>
      judge(parts, incidents, { candidate, current, signal });
    const { shares, minStageSeconds, coolDownMinutes } = options.rollout;
    const rollout = await Rollout.open(
      {
        ...{ initial, events, records, gate, now, wallNow },
        publisher: {
          async serve(serving) {
            await term.check();
            await publisher.serve(serving);
          },
        },
        store: { read: () => document.value, write: (state) => document.write(state) },
        models: registry,
        onHarm: () => void keepIncident(parts, incidents),
      },
      { shares, minStageMs: minStageSeconds * 1000, coolDownMs: coolDownMinutes * MINUTE_MS },
    );
    const { learning } = options;
    const learner = learning.enabled
      ? new Learning(
          {
            ...{ registry, rollout, events, critic: parts.critic, wallNow },
            twins: () => twin.list().map(({ scenario }) => scenario),
            logged: (model, at) => records.of(model, at),
          },
          {
            everyMs: learning.everyMinutes * MINUTE_MS,
            learnMs: learning.minutes * MINUTE_MS,
            cpuShare: learning.cpuShare,
            families: learning.families,
          },
          now(),
        )
      : undefined;
    return new Leading(parts, registry, rollout, publisher, learner, [detach, () => log.close()]);
  }

  onReport(report: Report, now: number): void {
    this.rollout.onReport(report, now);
  }

  /** About once a second. */
  async tick(now: number): Promise<void> {
    await this.rollout.tick(now);
    this.learning?.tick(now);
    this.#prune(now);
    if (this.#twinning || now < this.#calibrateAt) return;
    this.#calibrateAt = now + CALIBRATE_EVERY_MS;
    this.#twinning = this.#calibrate(now).finally(() => (this.#twinning = undefined));
  }

  /** In reverse order; a rollout under way is gone on with by the next leader. */
  async close(): Promise<void> {
    await this.learning?.close();
    await this.rollout.close();
    await this.publisher.close();
    await this.#twinning;
    for (const end of this.ends) await end();
  }

  /** Old models go; a disk that refuses it today is asked again. */
  #prune(now: number): void {
    if (now < this.#pruneAt) return;
    this.#pruneAt = now + PRUNE_EVERY_MS;
    this.registry.prune(this.parts.options.keepModels).catch((error: unknown) => {
      this.parts.events.emit('registry.unpruned', `Old models stay: ${(error as Error).message}.`);
    });
  }

  async #calibrate(now: number): Promise<void> {
    const { twin, events } = this.parts;
    try {
      const model = await this.registry.load(this.rollout.view(now).current);
      const served = { policy: 'actor', model: encodeModel(model) } as const;
      await twin.calibrate(now, served);
    } catch (error) {
      events.emit('twin.failed', `The twin could not be calibrated: ${(error as Error).message}.`);
    }
  }
}

interface Contest {
  readonly candidate: Model;
  readonly current: Model;
  readonly signal: AbortSignal;
}

async function judge(
  { twin, validation, options, events, wallNow }: LeadingParts,
  incidents: Incidents,
  { candidate, current, signal }: Contest,
): Promise<GateVerdict> {
  const { scenarios, problems } = await incidents.list();
  for (const problem of problems) events.emit('incidents.unreadable', problem);
  const seed = 1 + (wallNow() % 1_000_000);
  const twins = twin
    .list()
    .flatMap(({ scenario }) => [scenario, ...neighbours(scenario, seed, GATE_NEIGHBOURS)]);
  const { threads, requests } = options.gate;
  const limits = { ...GATE_DEFAULTS, threads, requests, signal };
  return runGate(candidate, current, { twin: twins, validation, incidents: scenarios }, limits);
}

/** What the mesh was like when a model did harm: later candidates must stand it. */
async function keepIncident({ twin, events, wallNow }: LeadingParts, incidents: Incidents): Promise<void> {
  for (const { replay } of twin.list()) {
    try {
      const name = await incidents.add(replay, wallNow());
      events.emit('incidents.kept', `What the mesh was like is kept as ${name}.`, { name });
    } catch (error) {
      events.emit('incidents.unkept', `What the mesh was like is not kept: ${(error as Error).message}.`);
    }
  }
}
