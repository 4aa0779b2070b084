// What one worker does over and over: run its meshes on under the latest network, learn from what it saw, step the global
// network. Nothing here knows of threads.
import { encodeModel } from '../actor/model-file.js';
import type { Algorithm, Hyperparameters, Learner, Metrics } from '../algorithms/algorithm.js';
import type { Curriculum } from '../environment/curriculum.js';
import type { Random } from '../environment/random.js';
import type { CompiledSimulator } from '../environment/simulator.js';
import { TrainingMesh } from '../environment/training-mesh.js';
import type { TF } from './backend.js';
import { ExperienceLog, type Experience } from './experience.js';
import type { GlobalNetwork } from './global-network.js';

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
}

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
   * One update; undefined where too little was seen for one.
   * @param progress of the training, 0 to 1: the learning rate follows it
   */
  update(progress: number): Metrics | undefined {
    const { algorithm, global, hyperparameters, exploration } = this.options;
    const parameters = global.copy();
    const model = encodeModel(algorithm.model(hyperparameters, parameters, exploration));
    const fresh: Experience[] = [];
    const settled: Experience[] = [];
    for (let i = 0; i < hyperparameters.meshesPerUpdate; i++) this.#advance(model, fresh, settled);
    const update = this.#learner.update(parameters, fresh, settled);
    if (!update) return undefined;
    const { learningRate, finalLearningRate, optimiser, clipGradient: clip, averaging } = hyperparameters;
    global.apply(update.gradient, {
      optimiser,
      learningRate: learningRate * (1 - (1 - finalLearningRate) * Math.min(1, progress)),
      clip,
      averaging,
      decisions: fresh.reduce((sum, { decisions }) => sum + decisions.count, 0),
    });
    return update.metrics;
  }

  #advance(model: Uint8Array, fresh: Experience[], settled: Experience[]): void {
    const { rows, meshesPerUpdate } = this.options.hyperparameters;
    const at = this.#turn++ % this.#places.length;
    const place = (this.#places[at] ??= this.#open(model));
    const seen = place.log.add(place.mesh.advance(model, rows / meshesPerUpdate));
    fresh.push(seen.fresh);
    settled.push(...seen.settled);
    if (place.mesh.isOver) this.#places[at] = undefined;
  }

  #open(model: Uint8Array): Place {
    const { compiled, curriculum, random, hyperparameters } = this.options;
    const { share, rows, life } = hyperparameters;
    const scenario = curriculum(random);
    // Lives differ, so that meshes do not all end, and start, at once.
    const options = {
      seed: scenario.seed,
      model,
      share,
      rows: Math.ceil(rows / 2),
      life: life * (0.5 + random.next()),
    };
    return { mesh: new TrainingMesh(compiled, scenario, options), log: new ExperienceLog(scenario) };
  }
}
