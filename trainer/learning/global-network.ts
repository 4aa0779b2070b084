// The one network that all workers learn: parameters, moments and counters in memory that threads share.
import { clipNorm, step, type Optimiser, type OptimiserState } from './optimiser.js';
import type { Layout } from './parameters.js';

/** What is shared, ready to be handed to a thread. */
export interface GlobalBuffers {
  readonly numbers: SharedArrayBuffer;
  readonly words: SharedArrayBuffer;
}

/** Words: the lock, whether workers shall end, steps taken, updates and decisions learned from, of all workers. */
const enum Word {
  Lock,
  Stop,
  Steps,
  Updates,
  Decisions,
  COUNT,
}

/** All of a network at one moment: what a checkpoint keeps. */
export interface Snapshot {
  /** Parameters, their average, first and second moments, one after the other. */
  readonly numbers: Float32Array<ArrayBuffer>;
  readonly steps: number;
  readonly updates: number;
  readonly decisions: number;
}

export class GlobalNetwork {
  readonly parameters: Float32Array;
  /** Average of the parameters over the last updates: what is served. */
  readonly average: Float32Array;
  readonly state: OptimiserState;
  /** The four one after the other. */
  readonly #numbers: Float32Array;
  readonly #words: Int32Array;

  /** Of new buffers, all zero, or of those that another thread made. */
  constructor(
    readonly layout: Layout,
    readonly buffers: GlobalBuffers = {
      numbers: new SharedArrayBuffer(4 * 4 * layout.size),
      words: new SharedArrayBuffer(4 * Word.COUNT),
    },
  ) {
    this.#numbers = new Float32Array(buffers.numbers);
    const part = (i: number) => new Float32Array(buffers.numbers, i * 4 * layout.size, layout.size);
    this.parameters = part(0);
    this.average = part(1);
    this.#words = new Int32Array(buffers.words);
    this.state = { first: part(2), second: part(3), steps: this.#words.subarray(Word.Steps, Word.Steps + 1) };
  }

  get updates(): number {
    return Atomics.load(this.#words, Word.Updates);
  }

  get decisions(): number {
    return Atomics.load(this.#words, Word.Decisions);
  }

  get stopped(): boolean {
    return Atomics.load(this.#words, Word.Stop) !== 0;
  }

  /** All workers end after the update they are at. */
  stop(): void {
    Atomics.store(this.#words, Word.Stop, 1);
  }

  /** A worker's own copy, of one moment. */
  copy(): Float32Array {
    return this.#locked(() => this.parameters.slice());
  }

  /** What is served: the average of the parameters, of one moment. */
  served(): Float32Array {
    return this.#locked(() => this.average.slice());
  }

  snapshot(): Snapshot {
    return this.#locked(() => {
      const { updates, decisions, state } = this;
      return { numbers: Float32Array.from(this.#numbers), steps: state.steps[0]!, updates, decisions };
    });
  }

  /** Back to a snapshot of a network of the same layout. */
  restore({ numbers, steps, updates, decisions }: Snapshot): void {
    this.#locked(() => {
      this.#numbers.set(numbers);
      this.state.steps[0] = steps;
      Atomics.store(this.#words, Word.Updates, updates);
      Atomics.store(this.#words, Word.Decisions, decisions);
    });
  }

  /**
   * One step with a worker's gradient, which is cut to the length `clip`.
   * @throws {Error} where it holds what is not a number; nothing is changed then
   */
  apply(
    gradient: Float32Array,
    options: {
      readonly optimiser: Optimiser;
      readonly learningRate: number;
      readonly clip: number;
      readonly averaging: number;
      readonly decisions: number;
    },
  ): void {
    const bad = gradient.findIndex((g) => !Number.isFinite(g));
    if (bad >= 0) throw new Error(this.#complaint(gradient[bad]!, bad));
    clipNorm(gradient, options.clip);
    this.#locked(() => {
      step(options.optimiser, this.parameters, gradient, this.state, options.learningRate);
      // The first updates must not drag the start along.
      const keep = Math.min(options.averaging, this.updates / (this.updates + 10));
      for (const [i, parameter] of this.parameters.entries())
        this.average[i] = keep * this.average[i]! + (1 - keep) * parameter;
      Atomics.add(this.#words, Word.Updates, 1);
      Atomics.add(this.#words, Word.Decisions, options.decisions);
    });
  }

  #complaint(value: number, at: number): string {
    const part = this.layout.parts.findLast(({ offset }) => offset <= at)!;
    return `a gradient of ${part.name} is ${value} after update ${this.updates}: the global network keeps what it had`;
  }

  /** A step is some 20 microseconds, so that who finds the lock taken waits a moment. */
  #locked<T>(act: () => T): T {
    while (Atomics.compareExchange(this.#words, Word.Lock, 0, 1) !== 0)
      Atomics.wait(this.#words, Word.Lock, 1, 1);
    try {
      return act();
    } finally {
      Atomics.store(this.#words, Word.Lock, 0);
      Atomics.notify(this.#words, Word.Lock, 1);
    }
  }
}
