// The learning algorithms by name.
import { a2c } from './a2c.js';
import { a3c } from './a3c.js';
import type { Algorithm } from './algorithm.js';
import { dqn } from './dqn.js';
import { policyGradient } from './policy-gradient.js';
import { ppo } from './ppo.js';
import { qLearning } from './q-learning.js';

export const ALGORITHMS: readonly Algorithm[] = [a3c, a2c, ppo, policyGradient, dqn, qLearning];

export const algorithmNames = (): string[] => ALGORITHMS.map(({ name }) => name);

/** @throws {RangeError} where there is no such algorithm */
export function algorithmNamed(name: string): Algorithm {
  const found = ALGORITHMS.find((algorithm) => algorithm.name === name);
  if (!found) throw new RangeError(`no algorithm ${name}: expected one of ${algorithmNames().join(', ')}`);
  return found;
}
