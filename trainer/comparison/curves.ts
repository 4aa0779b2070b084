// Learning curves: the looks at each share of the budget, over the seeds.
import { geometricInterval, mean, type Estimate } from '../evaluation/interval.js';
import { trainingsOf, type Comparison } from './comparison.js';

export interface CurveLook {
  readonly algorithm: string;
  readonly progress: number;
  /** Means over the seeds. */
  readonly decisions: number;
  readonly seconds: number;
  /** Ratios to the best peer. */
  readonly mean: Estimate;
  readonly p99: Estimate;
}

export function curveLooks(comparison: Comparison): CurveLook[] {
  const { algorithms, looks } = comparison.plan;
  return algorithms.flatMap((algorithm) => {
    const curves = trainingsOf(comparison, algorithm).map(({ curve }) => curve);
    return looks.map((progress, i) => {
      const points = curves.map((curve) => curve[i]!);
      return {
        algorithm,
        progress,
        decisions: mean(points.map(({ decisions }) => decisions)),
        seconds: mean(points.map(({ elapsedMs }) => elapsedMs)) / 1000,
        mean: geometricInterval(points.map((point) => point.mean)),
        p99: geometricInterval(points.map((point) => point.p99)),
      };
    });
  });
}
