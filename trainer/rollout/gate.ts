// The gate: a candidate against the current model in the simulator, on the same requests, before it may see traffic.
import { encodeModel } from '../actor/model-file.js';
import type { Model } from '../actor/model.js';
import type { Scenario } from '../environment/scenario.js';
import { simulateAll } from '../evaluation/simulate-all.js';
import type { Results } from '../evaluation/results.js';
import { isClearlyBad, objections, overLimit, type GateLimits, type GateRule } from './gate-rules.js';
import { figuresOf, type Pairs, type SetFigures, type Unit } from './gate-statistics.js';

/** Scenarios of the three kinds; each may be empty, but not the suite. */
export interface GateScenarios {
  /** The mesh as it is, and neighbours of it: more load, a slow endpoint. */
  readonly twin: readonly Scenario[];
  readonly validation: readonly Scenario[];
  readonly incidents: readonly Scenario[];
}

export interface GateOptions extends GateLimits {
  /** Worker threads. */
  readonly threads: number;
  /** Runs of each model on a scenario of the suite. */
  readonly seeds: number;
  /** The same of the twin and the incidents, whose intervals are over the seeds. */
  readonly meshSeeds: number;
  /** Further runs of a scenario that is above the limit, before that counts: the p99 of few runs is noisy. */
  readonly confirmSeeds: number;
  /** Simulated requests of the whole test, about; runs are made shorter to keep it. */
  readonly requests: number;
  readonly signal?: AbortSignal;
}

export const GATE_DEFAULTS: Omit<GateOptions, 'threads'> = {
  margin: 0.05,
  worstP99Ratio: 1.15,
  errorsMore: 0.01,
  seeds: 2,
  meshSeeds: 8,
  confirmSeeds: 6,
  requests: 6_000_000,
};

export interface GateTable extends SetFigures {
  readonly set: keyof GateScenarios;
  readonly rule: GateRule;
}

export interface GateVerdict {
  readonly passed: boolean;
  readonly candidate: string;
  readonly current: string;
  /** What speaks against it, each with its set; or, where it passed, what it passed without. */
  readonly reasons: readonly string[];
  readonly tables: readonly GateTable[];
}

/** A run must outlast its start and know a p99: what the budget leaves less for is not worth running. */
const LEAST_REQUESTS = 2000;
/** Of the requests of a run that the first look takes. */
const LOOK_SHARE = 0.2;
/** In the first look a mean or p99 so many times the current's is the end. */
const FAR_WORSE = 1.3;

/**
 * The twin must be better, the suite and the incidents not worse. Without a twin, as before the first traffic, the suite
 * must be better instead.
 * @throws {unknown} the signal's reason where it is aborted
 * @throws {Error} where a worker dies, or without a suite
 */
export async function runGate(
  candidate: Model,
  current: Model,
  scenarios: GateScenarios,
  options: GateOptions,
): Promise<GateVerdict> {
  if (scenarios.validation.length === 0)
    throw new Error('the gate needs a validation suite, and it is empty');
  const models = { candidate, current };
  const hasTwin = scenarios.twin.length > 0;
  const sets: readonly [keyof GateScenarios, GateRule, Unit, number][] = [
    ['twin', 'better', 'seeds', options.meshSeeds],
    ['validation', hasTwin ? 'non-inferior' : 'better', 'scenarios', options.seeds],
    ['incidents', 'non-inferior', 'seeds', options.meshSeeds],
  ];
  const wanted = sets.filter(([set]) => scenarios[set].length > 0);
  const runs = wanted.reduce((sum, [set, , , seeds]) => sum + 2 * seeds * scenarios[set].length, 0);
  const most = Math.max(LEAST_REQUESTS, Math.floor(options.requests / runs));
  const verdict = (passed: boolean, reasons: string[], tables: GateTable[]): GateVerdict => ({
    passed,
    candidate: candidate.id,
    current: current.id,
    reasons,
    tables,
  });

  const looked = shortened(scenarios.validation, Math.max(LEAST_REQUESTS, most * LOOK_SHARE));
  const look = figuresOf(await pairsOf(models, looked, 1, options), 'scenarios');
  if (isClearlyBad(look, FAR_WORSE)) {
    const table: GateTable = { set: 'validation', rule: 'non-inferior', ...look };
    const reasons = objections(look, 'non-inferior', options).map((reason) => `first look: ${reason}`);
    return verdict(false, reasons, [table]);
  }

  const tables: GateTable[] = [];
  const reasons = hasTwin ? [] : ['no twin yet: the validation suite must be better instead'];
  for (const [set, rule, unit, seeds] of wanted) {
    const scenariosOfSet = shortened(scenarios[set], most);
    const pairs = await pairsOf(models, scenariosOfSet, seeds, options);
    const figures = await confirmed(models, figuresOf(pairs, unit), scenariosOfSet, seeds, options);
    tables.push({ set, rule, ...figures });
    const against = objections(figures, rule, options).map((reason) => `${set}: ${reason}`);
    // The sets to come cannot make up for it.
    if (against.length > 0) return verdict(false, against, tables);
  }
  return verdict(true, reasons, tables);
}

interface Models {
  readonly candidate: Model;
  readonly current: Model;
}

/** Runs scenarios above the limit again with other seeds, whose p99 alone then counts for the limit. */
async function confirmed(
  models: Models,
  figures: SetFigures,
  scenarios: readonly Scenario[],
  seeds: number,
  options: GateOptions,
): Promise<SetFigures> {
  const names = new Set(overLimit(figures, options).map(({ scenario }) => scenario));
  const again = scenarios
    .filter(({ name }) => names.has(name))
    .map((of) => ({ ...of, seed: of.seed + seeds }));
  if (again.length === 0) return figures;
  const pairs = await pairsOf(models, again, options.confirmSeeds, options);
  const rows = new Map(figuresOf(pairs, 'scenarios').rows.map((row) => [row.scenario, row]));
  return { ...figures, rows: figures.rows.map((row) => rows.get(row.scenario) ?? row) };
}

async function pairsOf(
  { candidate, current }: Models,
  scenarios: readonly Scenario[],
  seeds: number,
  { threads, signal }: GateOptions,
): Promise<Pairs> {
  const plan = { scenarios, policies: ['actor'], baseline: 'actor', seeds } as const;
  const simulated = (model: Model): Promise<Results> =>
    simulateAll(plan, {
      size: threads,
      served: { policy: 'actor', model: encodeModel(model) },
      ...(signal ? { signal } : {}),
    });
  return { scenarios, current: await simulated(current), candidate: await simulated(candidate) };
}

const shortened = (scenarios: readonly Scenario[], most: number): Scenario[] =>
  scenarios.map((of) => ({ ...of, requests: Math.min(of.requests, Math.floor(most)) }));
