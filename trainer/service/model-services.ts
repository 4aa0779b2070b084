// What people ask of models, rollouts, twins and learning over HTTP, answered by what the trainer that leads has.
import type { CardFacts } from '../actor/model-card.js';
import { encodeModel } from '../actor/model-file.js';
import { ModelError, type Model } from '../actor/model.js';
import type { TrainingLog } from '../learning/training-log.js';
import { RolloutRefused, type RolloutView } from '../rollout/parts.js';
import { parseCard } from '../rollout/registry/record.js';
import { UnknownModelError, type Registry } from '../rollout/registry/registry.js';
import type { Rollout } from '../rollout/rollout.js';
import {
  Refused,
  type ModelEntry,
  type ModelsService,
  type RolloutService,
  type RolloutView as ShownRollout,
  type TrainingService,
  type TwinService,
} from '../server/services.js';
import { viewTwin } from '../telemetry/twin/twin-view.js';
import type { Twin } from '../telemetry/twin/twin.js';

/** What only the trainer that leads has. */
export interface Lead {
  readonly registry: Registry;
  readonly rollout: Rollout;
}

export interface ServiceParts {
  /** @throws {Refused} where another trainer leads */
  readonly lead: () => Lead;
  readonly now: () => number;
  readonly wallNow: () => number;
}

type Entry = NonNullable<Awaited<ReturnType<Registry['get']>>>;

export function modelsService({ lead, now, wallNow }: ServiceParts): ModelsService {
  const shown = ({ card: _card, ...record }: Entry): ModelEntry => {
    const view = lead().rollout.view(now());
    return { ...record, status: statusOf(record.id, view) };
  };
  const known = async (id: string): Promise<Entry> => {
    const entry = await lead().registry.get(id);
    if (entry === undefined) throw new Refused('unknown', `${id} is not a model of the registry`);
    return entry;
  };
  return {
    list: async () => (await lead().registry.list()).map(shown),
    async get(id) {
      const entry = await lead().registry.get(id);
      return entry && { record: shown(entry), card: { ...entry.card } };
    },
    async file(id) {
      const { registry } = lead();
      return (await registry.get(id)) === undefined ? undefined : encodeModel(await registry.load(id));
    },
    publish: ({ model, card = {}, force, by }) =>
      asked(async () => {
        const { registry, rollout } = lead();
        await registry.add(model, factsOf(model, card, wallNow()), {
          createdBy: by,
          source: `published by ${by}`,
        });
        await rollout.propose(model, { by, force });
        return shown(await known(model.id));
      }),
    promote: (id, { by }) =>
      asked(async () => {
        await known(id);
        await lead().rollout.promote(id, by);
        return shown(await known(id));
      }),
    rollback: ({ by, reason }) =>
      asked(async () => {
        const { rollout } = lead();
        await rollout.rollback(by, reason);
        return shown(await known(rollout.view(now()).current));
      }),
    pin: (id, pinned) =>
      asked(async () => {
        const { registry } = lead();
        await (pinned ? registry.pin(id) : registry.unpin(id));
        return shown(await known(id));
      }),
  };
}

export function rolloutService({ lead, now }: ServiceParts): RolloutService {
  const view = (): ShownRollout => {
    const { phase, ...figures } = lead().rollout.view(now());
    return { stage: phase, ...figures };
  };
  return {
    view,
    abort: ({ by }) =>
      asked(async () => {
        await lead().rollout.abort(by);
        return view();
      }),
  };
}

export const twinService = (twin: Twin, now: () => number): TwinService => ({
  view: () => {
    const { clusters, skipped } = viewTwin(twin, now());
    return { clusters: clusters.map((cluster) => ({ ...cluster })), skipped };
  },
  errors: () =>
    Object.fromEntries(
      twin
        .errors()
        .filter(({ endpoint }) => endpoint === undefined)
        .map(({ cluster, figure, ratio }) => [`${cluster}.${figure}`, ratio - 1]),
    ),
});

/** @param enabled whether this trainer learns while it leads */
export const trainingService = (log: TrainingLog, enabled: boolean): TrainingService => ({
  view: () => ({ enabled, rounds: log.rounds() }),
});

function statusOf(id: string, { current, candidate, previous }: RolloutView): string {
  if (id === current) return 'current';
  if (id === candidate) return 'candidate';
  return id === previous ? 'previous' : 'retired';
}

/** Of a model that came without a card. */
const blankCard = (wallMs: number): CardFacts => ({
  parent: null,
  algorithm: 'unknown',
  hyperparameters: {},
  seed: 0,
  scenarios: [],
  evaluation: [],
  created: new Date(wallMs).toISOString(),
});

/** @throws {Refused} where the card is none: it would count as damaged in the registry */
function factsOf(model: Model, given: Readonly<Record<string, unknown>>, wallMs: number): CardFacts {
  try {
    return parseCard({ ...blankCard(wallMs), ...given, id: model.id, size: encodeModel(model).length });
  } catch (error) {
    throw new Refused('invalid', `card: ${(error as Error).message}`);
  }
}

/** What the parts refuse, in the words of the interface. */
async function asked<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof RolloutRefused) throw new Refused('conflict', error.message);
    if (error instanceof UnknownModelError) throw new Refused('unknown', error.message);
    if (error instanceof ModelError) throw new Refused('invalid', error.message);
    throw error;
  }
}
