// Hyperparameters that every algorithm starts from; docs/algorithms/a3c.md says how they were found.
import { DEFAULT_REWARD, type RewardWeights } from '../learning/reward.js';
import type { Algorithm, Hyperparameters } from './algorithm.js';

export const DEFAULTS: Hyperparameters = {
  hidden1: 32,
  hidden2: 16,
  temperature: 0.1,
  learningRate: 0.005,
  finalLearningRate: 0.02,
  optimiser: 'adam',
  entropy: 0.025,
  value: 0.05,
  clipAdvantage: 3,
  clipGradient: 1,
  reward: DEFAULT_REWARD,
  meshes: 96,
  meshesPerUpdate: 32,
  rows: 6144,
  share: 0.25,
  life: 8000,
  averaging: 0.998,
};

export const defaultsOf = ({ defaults }: Algorithm): Hyperparameters => ({ ...DEFAULTS, ...defaults });

/** As a model card keeps them. */
export const forCard = ({ reward, ...others }: Hyperparameters): Record<string, string | number> => ({
  ...others,
  ...Object.fromEntries(
    Object.entries(reward as Record<keyof RewardWeights, number>).map(([name, value]) => [
      `reward.${name}`,
      value,
    ]),
  ),
});
