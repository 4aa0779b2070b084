// Smooth weighted round robin (nginx, commit 52327e0): every endpoint's credit grows by its share, the greatest one is
// taken and pays 1. Shares are exact and no endpoint gets its share in one run. Shares and not weights, because credits
// outlive a change of the weights' scale.
import { EndpointTable } from '../endpoint-table';
import { MAX_ENDPOINTS } from '../lanes';
import { uniform } from '../math';

export class SmoothWeights {
  readonly weights: StaticArray<f32> = new StaticArray<f32>(MAX_ENDPOINTS);
  private credits: StaticArray<f32> = new StaticArray<f32>(MAX_ENDPOINTS);
  private started: bool = false;

  /** The next endpoint by `weights`; `bits` spread the start of many proxies. */
  next(table: EndpointTable, bits: u32): i32 {
    let total: f32 = 0;
    for (let i = 0; i < table.size; i++) {
      if (table.isEligible(i)) total += unchecked(this.weights[i]);
    }
    // Without any weight credits only fall, which is round robin.
    const scale: f32 = total > 0 ? 1 / total : 0;
    let best = -1;
    for (let i = 0; i < table.size; i++) {
      if (!table.isEligible(i)) continue;
      const share = unchecked(this.weights[i]) * scale;
      if (!this.started) unchecked((this.credits[i] = share * uniform(bits * (i * 2 + 1))));
      const credit = unchecked(this.credits[i]) + share;
      unchecked((this.credits[i] = credit));
      if (best < 0 || credit > unchecked(this.credits[best])) best = i;
    }
    this.started = true;
    if (best >= 0) unchecked((this.credits[best] -= 1));
    return best;
  }
}
