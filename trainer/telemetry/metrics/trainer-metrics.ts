// What the trainer is about now: whether it leads, its rollout, its models, its targets and its twin.
import { Gauge, type Registry } from 'prom-client';
import { MAX_LABEL_VALUES } from './labels.js';

export const TARGET_STATES = ['published', 'waiting', 'failing'] as const;
export type TargetStateName = (typeof TARGET_STATES)[number];

type Values = Readonly<Record<string, number>>;

/** What only some trainers have; a function that resolves to undefined has nothing to say at the moment. */
export interface TrainerSources {
  /** Measured over predicted less one, by what the twin predicts. */
  readonly twinErrors?: () => Values;
  /** Undefined where another trainer leads. */
  readonly rollout?: () => Promise<{ readonly stage: string; readonly share: number } | undefined>;
  /** Models in the registry by status. */
  readonly models?: () => Promise<Values>;
  readonly leading?: () => boolean;
  /** Targets of publishing by how it stands with them. */
  readonly targets?: () => Readonly<Record<TargetStateName, number>>;
}

export function addTrainer(sources: TrainerSources, version: string, registers: Registry[]): void {
  const { twinErrors, rollout, models, leading, targets } = sources;
  const byLabel = (name: string, help: string, label: string, values: () => Values | Promise<Values>): void =>
    addByLabel({ name, help, label, values, registers });
  byLabel('weir_build_info', '1, with the version of the trainer', 'version', () => ({ [version]: 1 }));
  if (twinErrors !== undefined)
    byLabel('weir_twin_error', "Relative error of the twin's predictions", 'figure', twinErrors);
  if (models !== undefined) byLabel('weir_models', 'Models in the registry by status', 'status', models);
  if (targets !== undefined)
    byLabel('weir_publish_targets', 'Targets of publishing by how it stands with them', 'state', targets);
  if (rollout !== undefined) {
    byLabel('weir_rollout_stage', '1 for the stage that the rollout is in', 'stage', async () => {
      const current = await rollout();
      return current === undefined ? {} : { [current.stage]: 1 };
    });
    new Gauge({
      name: 'weir_rollout_candidate_share',
      help: 'Share of the requests that the candidate serves',
      registers,
      async collect() {
        this.set((await rollout())?.share ?? 0);
      },
    });
  }
  if (leading !== undefined)
    new Gauge({
      name: 'weir_leading',
      help: '1 where this trainer leads, 0 where it waits',
      registers,
      collect() {
        this.set(leading() ? 1 : 0);
      },
    });
}

interface ByLabel {
  readonly name: string;
  readonly help: string;
  readonly label: string;
  readonly values: () => Values | Promise<Values>;
  readonly registers: Registry[];
}

function addByLabel({ name, help, label, values, registers }: ByLabel): void {
  new Gauge({
    name,
    help,
    labelNames: [label],
    registers,
    async collect() {
      const current = Object.entries(await values()).slice(0, MAX_LABEL_VALUES);
      this.reset();
      for (const [key, value] of current) this.set({ [label]: key }, value);
    },
  });
}
