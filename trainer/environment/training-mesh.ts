// A mesh to learn in: runs on under whatever it is given to decide, and hands over the decisions of each stretch.
import type { Decisions } from './decisions.js';
import { expandEndpoints } from './capacity.js';
import type { Scenario } from './scenario.js';
import type { Served } from './served.js';
import { Simulator, type CompiledSimulator } from './simulator.js';

export interface TrainingMeshOptions {
  readonly seed: number;
  /** What decides first. */
  readonly served: Served;
  /** Share of the decisions that are kept. */
  readonly share: number;
  /** Rows (endpoints of decisions) kept of a stretch at most. */
  readonly rows: number;
  /** Requests after which the mesh is given up for another: a learner needs many meshes more than long ones. */
  readonly life: number;
}

const MOST_DECISIONS = 4096;
/** Decisions of a stretch at least, be the fleet as large as it likes. */
const LEAST_DECISIONS = 8;
const FIRST_STEP_MS = 5;
/** Steps of a stretch at most: one in which nothing happens ends. */
const MOST_STEPS = 400;

export class TrainingMesh {
  readonly #simulator: Simulator;
  readonly #life: number;
  readonly #endpoints: number;
  #stepMs = FIRST_STEP_MS;
  #goes = true;

  constructor(
    compiled: CompiledSimulator,
    readonly scenario: Scenario,
    { seed, served, share, rows, life }: TrainingMeshOptions,
  ) {
    this.#life = Math.min(life, scenario.requests + scenario.warmup);
    this.#endpoints = Math.max(...scenario.services.map((service) => expandEndpoints(service).length));
    // Room for what a stretch waits for: else it would wait to the end of the run.
    const room = Math.max(rows, LEAST_DECISIONS * this.#endpoints) + this.#endpoints;
    const record = { share, decisions: Math.min(MOST_DECISIONS, room), rows: room };
    this.#simulator = new Simulator(compiled, scenario, { ...served, seed, record });
  }

  /** Nothing is left to learn here. */
  get isOver(): boolean {
    return !this.#goes || this.#simulator.figure('arrived') >= this.#life;
  }

  /** Runs until about `rows` rows are recorded, or the run is over. */
  advance(served: Served, rows: number): Decisions {
    const simulator = this.#simulator;
    const wanted = Math.max(LEAST_DECISIONS, Math.floor(rows / this.#endpoints));
    simulator.serve(served);
    for (let step = 0; step < MOST_STEPS && this.#goes && simulator.recorded() < wanted * 0.9; step++) {
      const before = simulator.recorded();
      this.#goes = simulator.advance(Math.max(simulator.figure('now'), 0) + this.#stepMs);
      const share = (simulator.recorded() - before) / wanted;
      if (share < 0.1) this.#stepMs *= 1.5;
      else if (share > 0.3) this.#stepMs /= 1.5;
    }
    return simulator.takeDecisions();
  }
}
