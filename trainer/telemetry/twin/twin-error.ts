// How far predictions were off: the ratio of measured to predicted, smoothed over predictions.
import type { EndpointFigures, Figure, Prediction } from './prediction.js';
import { FIGURES } from './prediction.js';

export interface TwinError {
  readonly cluster: string;
  /** undefined: all endpoints together. */
  readonly endpoint: string | undefined;
  readonly figure: Figure;
  /** Of the last comparison. */
  readonly predicted: number;
  readonly measured: number;
  /** Measured over predicted, geometric mean in which a comparison fades by half with each that follows. */
  readonly ratio: number;
}

/** Of a new comparison in the smoothed ratio. */
const GAIN = 0.5;
/** A median, and a tail, of fewer answers is noise. */
const LEAST_ANSWERS: Record<Figure, number> = { p50Ms: 50, p99Ms: 500, throughputRps: 50 };

export class TwinErrors {
  readonly #errors = new Map<string, TwinError>();

  /** Compares a prediction with what was measured since. Endpoints that are gone are forgotten. */
  compare({ cluster, figures }: Prediction, measured: readonly EndpointFigures[]): void {
    const known = new Set<string>();
    for (const predicted of figures) {
      const found = measured.find(({ endpoint }) => endpoint === predicted.endpoint);
      for (const figure of FIGURES) {
        const key = JSON.stringify([cluster, predicted.endpoint, figure]);
        known.add(key);
        const [is, was] = [found?.[figure], predicted[figure]];
        if (is === undefined || was === undefined || is <= 0 || was <= 0) continue;
        if (found!.answers < LEAST_ANSWERS[figure] || predicted.answers < LEAST_ANSWERS[figure]) continue;
        const before = this.#errors.get(key)?.ratio;
        const ratio = before === undefined ? is / was : before ** (1 - GAIN) * (is / was) ** GAIN;
        const { endpoint } = predicted;
        this.#errors.set(key, { cluster, endpoint, figure, predicted: was, measured: is, ratio });
      }
    }
    for (const [key, error] of this.#errors)
      if (error.cluster === cluster && !known.has(key)) this.#errors.delete(key);
  }

  forget(cluster: string): void {
    for (const [key, error] of this.#errors) if (error.cluster === cluster) this.#errors.delete(key);
  }

  list(): TwinError[] {
    return [...this.#errors.values()];
  }
}
