// What each device of the learning contributes, and which inputs of the network pay: one thing left out at a time.
// docs/algorithms/a3c.md says how to read the output.
import { join } from 'node:path';
import { availableParallelism } from 'node:os';
import { Option } from 'commander';
import { encodeModel } from '../trainer/actor/model-file.js';
import { DEFAULTS } from '../trainer/algorithms/defaults.js';
import { positiveNumber, positiveWhole, writeJson } from '../trainer/cli/options.js';
import { packageRoot } from '../trainer/cli/package-root.js';
import { loadScenarios } from '../trainer/cli/scenario-files.js';
import { shippedModel } from '../trainer/cli/shipped-model.js';
import type { Served } from '../trainer/environment/served.js';
import { withOverrides } from '../trainer/learning/overrides.js';
import { train } from '../trainer/learning/training.js';
import { Validation, type Standing } from '../trainer/learning/validation.js';
import { DEVICES } from './ablation/devices.js';
import { INPUT_GROUPS, without } from './ablation/inputs.js';
import { benchCommand, runCommand } from './command.js';
import { columns, result } from './result.js';

interface Options {
  readonly json?: string;
  readonly of: 'inputs' | 'devices' | 'both';
  readonly minutes?: number;
  readonly updates?: number;
  readonly seeds: number;
  readonly requests: number;
}

async function bench(options: Options): Promise<void> {
  const { signal } = new AbortController();
  const scenarios = [...loadScenarios([join(packageRoot, 'bench/scenarios/validation')]).keys()];
  const suite = new Validation(scenarios, options.requests, signal);
  const rows: [string, Standing][] = [];
  const add = async (name: string, served: Served) => {
    const standing = await suite.standing(served);
    rows.push([name, standing]);
    console.log(`${name}: mean ${standing.mean.toFixed(3)} p99 ${standing.p99.toFixed(3)}`);
  };
  if (options.of !== 'devices') {
    const model = shippedModel();
    await add('inputs: all', { policy: 'actor', model: encodeModel(model) });
    for (const [name, inputs] of Object.entries(INPUT_GROUPS))
      await add(`inputs: without ${name}`, { policy: 'actor', model: encodeModel(without(model, inputs)) });
  }
  const budget = budgetOf(options);
  if (options.of !== 'inputs')
    for (const [name, settings] of Object.entries(DEVICES))
      for (let seed = 1; seed <= options.seeds; seed++) {
        const { served } = await train({
          algorithm: 'a3c',
          hyperparameters: withOverrides(DEFAULTS, settings),
          seed,
          workers: availableParallelism(),
          ...budget,
          scenarios: [],
          signal,
          onReport: () => undefined,
        });
        await add(`devices: ${name}${options.seeds > 1 ? `, seed ${seed}` : ''}`, served);
      }
  const of = (figure: keyof Standing) =>
    rows.map(([name, standing]): [string, number] => [`${figure} ${name}`, standing[figure]]);
  const summary = result(
    'ablation',
    budget.updates < Infinity
      ? `${budget.updates} updates a training`
      : `${budget.minutes} minutes a training`,
    Object.fromEntries([...of('mean'), ...of('p99')]),
    {},
  );
  console.log(
    `\n${summary.machine}\ncommit ${summary.commit}; ratios to the best single peer on the validation suite\n`,
  );
  console.log(
    columns([
      ['', 'mean', 'p99'],
      ...rows.map(([name, { mean, p99 }]) => [name, mean.toFixed(3), p99.toFixed(3)]),
    ]),
  );
  if (options.json !== undefined) writeJson(options.json, summary);
}

const budgetOf = ({ minutes, updates }: Options) => ({
  minutes: minutes ?? (updates === undefined ? 2 : Infinity),
  updates: updates ?? Infinity,
});

await runCommand(
  benchCommand('ablation', 'what each device of the learning contributes, and which inputs pay')
    .addOption(
      new Option('--of <what>', 'what is left out').choices(['inputs', 'devices', 'both']).default('both'),
    )
    .option('--minutes <n>', 'of each training (default: 2, or none with --updates)', positiveNumber)
    .option('--updates <n>', 'of each training: fair on a machine that is not quiet', positiveWhole)
    .option('--seeds <n>', 'trainings without each device', positiveWhole, 1)
    .option('--requests <n>', 'of a validation scenario at most', positiveWhole, 20_000)
    .action(bench),
);
