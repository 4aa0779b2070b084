// Which endpoints a fault that strikes at random strikes.
import { createRandom } from './random.js';

/**
 * Indices of the endpoints that the `fault`-th fault of a scenario slows down: `share` of them, at least one; which
 * ones, the seed decides.
 */
export function hitEndpoints(seed: number, fault: number, share: number, endpoints: number): number[] {
  const random = createRandom(seed).fork('faults').fork(`fault ${fault}`).fork('hit');
  const hits = share === 0 ? 0 : Math.max(1, Math.round(share * endpoints));
  const left = Array.from({ length: endpoints }, (_, i) => i);
  return Array.from({ length: hits }, () => left.splice(random.int(left.length), 1)[0]!);
}
