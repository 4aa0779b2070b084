// What one worker does over and over: run its meshes on under the latest network, learn from what it saw, step the global
// network. Nothing here knows of threads.
import type { Algorithm, Hyperparameters, Learner, Metrics, Update } from '../algorithms/algorithm.js';
import type { Curriculum } from '../environment/curriculum.js';
import type { Random } from '../environment/random.js';
import type { Served } from '../environment/served.js';
import type { CompiledSimulator } from '../environment/simulator.js';
import { TrainingMesh } from '../environment/training-mesh.js';
import type { TF } from './backend.js';
import { ExperienceLog, type Experience } from './experience.js';
import type { GlobalNetwork } from './global-network.js';
import type { LoggedLessons } from './logged.js';

export interface WorkerLoopOptions {
  readonly tf: TF;
  readonly compiled: CompiledSimulator;
  readonly algorithm: Algorithm;
  readonly hyperparameters: Hyperparameters;
  readonly global: GlobalNetwork;
  readonly curriculum: Curriculum;
  readonly random: Random;
  /** This worker's exploration: factor of the temperature it decides with and of its entropy's weight. */
  readonly exploration: number;
  /** What the mesh logged, learned from beside the simulator. */
  readonly logged?: LoggedLessons;
}

/**
 * Of what was logged beside what was simulated: there a gradient is over all actions, with the future known, here over the
 * one that was taken, with all its noise.
 */
const LOGGED_WEIGHT = 0.2;

interface Place {
  readonly mesh: TrainingMesh;
  readonly log: ExperienceLog;
}

export class WorkerLoop {
  readonly #learner: Learner;
  readonly #places: (Place | undefined)[];
  #turn = 0;

  constructor(readonly options: WorkerLoopOptions) {
    const { tf, algorithm, hyperparameters, random, exploration } = options;
    this.#learner = algorithm.create({ tf, hyperparameters, random: random.fork('learner'), exploration });
    this.#places = new Array<Place | undefined>(hyperparameters.meshes).fill(undefined);
  }

  /**
   * One round: a stretch of decisions in each of some meshes, then the updates from it; undefined where too little was
   * seen for one.
   * @param progress of the training, 0 to 1: learning rate and exploration follow it
   */
  update(progress: number): Metrics | undefined {
    const { algorithm, global, hyperparameters, exploration } = this.options;
    const parameters = global.copy();
    const served = algorithm.serve(hyperparameters, parameters, exploration, progress);
    const fresh: Experience[] = [];
    const settled: Experience[] = [];
    for (let i = 0; i < hyperparameters.meshesPerUpdate; i++) this.#advance(served, fresh, settled);
    let decisions = fresh.reduce((sum, { decisions: { count } }) => sum + count, 0);
    let update = this.#learner.update(parameters, fresh, settled);
    if (update) this.#addLogged(update.gradient, parameters);
    while (update) {
      this.#step(update, progress, decisions);
      if (!update.more) return update.metrics;
      decisions = 0;
      update = this.#learner.update(global.copy(), [], []);
    }
    return undefined;
  }

  #addLogged(gradient: Float32Array, parameters: Float32Array): void {
    const { logged, tf, global, random } = this.options;
    if (!logged || logged.isEmpty) return;
    const more = logged.gradient(tf, global.layout, parameters, random);
    for (const [i, value] of more.entries()) gradient[i]! += LOGGED_WEIGHT * value;
  }

  #step({ gradient }: Update, progress: number, decisions: number): void {
    const { global, hyperparameters } = this.options;
    const { learningRate, finalLearningRate, optimiser, clipGradient: clip, averaging } = hyperparameters;
    global.apply(gradient, {
      optimiser,
      learningRate: learningRate * (1 - (1 - finalLearningRate) * Math.min(1, progress)),
      clip,
      averaging,
      decisions,
    });
  }

  #advance(served: Served, fresh: Experience[], settled: Experience[]): void {
    const { rows, meshesPerUpdate } = this.options.hyperparameters;
    const at = this.#turn++ % this.#places.length;
    const place = (this.#places[at] ??= this.#open(served));
    const seen = place.log.add(place.mesh.advance(served, rows / meshesPerUpdate));
    fresh.push(seen.fresh);
    settled.push(...seen.settled);
    if (place.mesh.isOver) this.#places[at] = undefined;
  }

  #open(served: Served): Place {
    const { compiled, curriculum, random, hyperparameters } = this.options;
    const { share, rows, life } = hyperparameters;
    const scenario = curriculum(random);
    // Lives differ, so that meshes do not all end, and start, at once.
    const options = {
      seed: scenario.seed,
      served,
      share,
      rows: Math.ceil(rows / 2),
      life: life * (0.5 + random.next()),
    };
    return { mesh: new TrainingMesh(compiled, scenario, options), log: new ExperienceLog(scenario) };
  }
}
