// What the tests of plugin/core share: a fresh core, clusters, random bits, bounds of chance.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { encodeModel } from '../../../trainer/actor/model-file.js';
import { type UntrainedOptions, untrainedModel } from '../../../trainer/actor/untrained.js';
import { type Core, loadCore } from '../../../trainer/environment/core.js';
import { seededRandom } from '../../plugin/support/seeded-random.js';

const WASM = fileURLToPath(new URL('../../../build/simulator.wasm', import.meta.url));

/** A core of its own with the default settings and an untrained model. */
export function freshCore(model: UntrainedOptions = {}): Core {
  const core = loadCore(readFileSync(WASM));
  core.setBounds();
  core.setEjection();
  core.setRequest();
  if (core.loadModel(encodeModel(untrainedModel(model))) !== 'none') throw new Error('the model is refused');
  return core;
}

export const address = (i: number): string => `10.0.${i >> 8}.${i & 255}:8080`;

/** Starts over with `endpoints` endpoints, all there from the beginning. */
export function cluster(core: Core, endpoints: number, now = 0): void {
  core.reset(now);
  for (let i = 0; i < endpoints; i++) core.add(address(i), now);
}

/** Two random words a call. */
export function bitsFrom(seed: number): () => [number, number] {
  const next = seededRandom(seed);
  return () => [next(), next()];
}

export function choices(core: Core, count: number, now: number, seed = 1): number[] {
  const bits = bitsFrom(seed);
  return Array.from({ length: count }, () => core.decide(now, ...bits()));
}

export function tally(chosen: readonly number[], endpoints: number): number[] {
  const counts = new Array<number>(endpoints).fill(0);
  for (const endpoint of chosen) counts[endpoint]! += 1;
  return counts;
}

/** Pearson's statistic against equal (or the given) shares. */
export function chiSquare(counts: readonly number[], shares?: readonly number[]): number {
  const total = counts.reduce((a, b) => a + b, 0);
  const expected = counts.map((_, i) => total * (shares?.[i] ?? 1 / counts.length));
  return counts.reduce((sum, n, i) => sum + (n - expected[i]!) ** 2 / expected[i]!, 0);
}

/** Upper 10^-5 point of chi-square with `df` degrees of freedom (Wilson and Hilferty's cube, z = 4.265). */
export function chiSquareLimit(df: number): number {
  const k = 2 / (9 * df);
  return df * (1 - k + 4.265 * Math.sqrt(k)) ** 3;
}

/** Five standard deviations of a binomial count. */
export function binomialSlack(trials: number, share: number): number {
  return 5 * Math.sqrt(trials * share * (1 - share));
}
