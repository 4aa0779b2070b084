// Returns and advantages of decisions that follow one another.

/**
 * Generalised advantage estimation (Schulman et al., High-Dimensional Continuous Control Using Generalized Advantage
 * Estimation, ICLR 2016, equation 16): A_t = sum over l of (gamma lambda)^l delta_(t+l), where
 * delta_t = r_t + gamma V(s_(t+1)) - V(s_t). lambda 0 trusts the values after one step, lambda 1 not at all.
 * It is linear, so that costs give advantages as costs. A_t + V(s_t) is the return that a critic learns (TD(lambda)).
 *
 * @param rewards T: what followed each action
 * @param values T + 1: of the state before each action, and of the one after the last (0 where the episode ended there)
 * @returns T advantages
 * @throws {RangeError} where the lengths do not fit
 */
export function generalisedAdvantages(
  rewards: ArrayLike<number>,
  values: ArrayLike<number>,
  gamma: number,
  lambda: number,
): Float32Array {
  const count = rewards.length;
  if (values.length !== count + 1)
    throw new RangeError(`${values.length} values for ${count} rewards: expected one more than rewards`);
  const result = new Float32Array(count);
  let advantage = 0;
  for (let t = count - 1; t >= 0; t--) {
    const delta = rewards[t]! + gamma * values[t + 1]! - values[t]!;
    result[t] = advantage = delta + gamma * lambda * advantage;
  }
  return result;
}
