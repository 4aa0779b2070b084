// Searches the constants of a peer on the training families: coordinate by coordinate, until no value that is tried
// betters the cost. A comparison with an untuned peer would be worth nothing.
import { readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { positiveWhole } from '../trainer/cli/options.js';
import { packageRoot } from '../trainer/cli/package-root.js';
import { UsageError } from '../trainer/cli/errors.js';
import type { SimulatorPolicy } from '../trainer/environment/policies.js';
import { loadScenario, type Scenario } from '../trainer/environment/scenario.js';
import { benchCommand, runCommand } from './command.js';
import { PARAMETERS } from './tune/parameters.js';
import { compileVariant, presentValue, type Parameter, type Values } from './tune/variant.js';
import type { Done, Task } from './tune/worker.js';

interface Options {
  readonly policy: string;
  readonly scenarios: string;
  readonly seeds: number;
  readonly requests: number;
  readonly json?: string;
}

/** Threads that take tasks one by one. */
class Crew {
  readonly #workers = Array.from(
    { length: availableParallelism() },
    () => new Worker(new URL('./tune/worker.js', import.meta.url)),
  );

  /** Costs in the order of the tasks. */
  async run(tasks: readonly Omit<Task, 'id'>[]): Promise<number[]> {
    const costs: number[] = [];
    let next = 0;
    const serve = (worker: Worker) =>
      new Promise<void>((resolve, reject) => {
        const give = () => {
          if (next >= tasks.length) return resolve();
          const id = next++;
          worker.postMessage({ id, ...tasks[id]! } satisfies Task);
        };
        worker.removeAllListeners();
        worker.on('error', reject);
        worker.on('message', ({ id, cost }: Done) => {
          costs[id] = cost;
          give();
        });
        give();
      });
    await Promise.all(this.#workers.map(serve));
    return costs;
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function scenariosIn(folder: string, requests: number): Scenario[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => loadScenario(join(folder, file)))
    .map((s) => ({
      ...s,
      requests: Math.min(s.requests, requests),
      warmup: Math.min(s.warmup, requests / 10),
    }));
}

async function tune(options: Options): Promise<void> {
  const parameters = PARAMETERS[options.policy];
  if (!parameters) throw new UsageError(`--policy: expected one of ${Object.keys(PARAMETERS).join(', ')}`);
  const scenarios = scenariosIn(options.scenarios, options.requests);
  const crew = new Crew();
  const known = new Map<string, number>();
  const cost = async (values: Values): Promise<number> => {
    const key = parameters.map(({ name }) => values[name]).join(' ');
    if (!known.has(key)) {
      const wasm = compileVariant(parameters, values);
      const policy = options.policy as SimulatorPolicy;
      const tasks = scenarios.flatMap((scenario) =>
        Array.from({ length: options.seeds }, (_, i) => ({
          wasm,
          scenario,
          policy,
          seed: scenario.seed + i,
        })),
      );
      const costs = await crew.run(tasks);
      known.set(key, costs.reduce((sum, c) => sum + c, 0) / costs.length);
      console.log(`${known.get(key)!.toFixed(5)}  ${describe(parameters, values)}`);
    }
    return known.get(key)!;
  };
  try {
    let best: Values = Object.fromEntries(parameters.map((p) => [p.name, presentValue(p)]));
    const start = await cost(best);
    for (let improved = true; improved;) {
      improved = false;
      for (const { name, values } of parameters) {
        for (const value of values) {
          if ((await cost({ ...best, [name]: value })) >= (await cost(best)) - 1e-9) continue;
          best = { ...best, [name]: value };
          improved = true;
        }
      }
    }
    const gain = start - (await cost(best));
    console.log(`\nbest: ${describe(parameters, best)}; cost lower by ${gain.toFixed(5)}`);
    if (options.json !== undefined) {
      const tried = [...known].map(([key, value]) => ({ values: key.split(' ').map(Number), cost: value }));
      const names = parameters.map(({ name }) => name);
      writeFileSync(
        options.json,
        `${JSON.stringify({ policy: options.policy, names, best, tried }, null, 2)}\n`,
      );
    }
  } finally {
    await crew.end();
  }
}

function describe(parameters: readonly Parameter[], values: Values): string {
  return parameters.map(({ name }) => `${name}=${values[name]}`).join(' ');
}

await runCommand(
  benchCommand('tune', "searches a peer's constants on the training families")
    .requiredOption('--policy <name>', `one of ${Object.keys(PARAMETERS).join(', ')}`)
    .option('--scenarios <folder>', 'what to search on', join(packageRoot, 'bench/scenarios/training'))
    .option('--seeds <n>', 'seeds a scenario', positiveWhole, 1)
    .option('--requests <n>', 'requests of a scenario at most', positiveWhole, 40_000)
    .action(tune),
);
