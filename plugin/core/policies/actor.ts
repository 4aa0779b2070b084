import { forward } from '../actor';
import { EndpointTable } from '../endpoint-table';
import { writeContext, writeFeatures } from '../features';
import { Lane } from '../lanes';
import { Model } from '../model';
import { WeightBounds } from '../settings';
import { greatest, weigh } from '../weights';
import { writeEwmaCosts } from './ewma-full';
import { eligibleCount, pickWeighted } from './pick';
import { Policy, Request } from './policy';

/** An output scale of the greatest floats must not end in infinities, whose differences are no numbers. */
const MAX_RESIDUAL: f32 = 1e6;

/**
 * The learned policy: the network's residual on the score of `ewma-full`, softmax, bounds, one endpoint sampled.
 * A model with a zero output layer is `ewma-full` with a temperature.
 */
export class Actor extends Policy {
  private chance: f32 = 1;

  constructor(
    public model: Model,
    public bounds: WeightBounds,
  ) {
    super();
  }

  choose(table: EndpointTable, request: Request, now: f64, bits: u64): i32 {
    if (table.count == 0) return -1;
    this.score(table, request, now);
    weigh(table, this.model.temperature, this.bounds, eligibleCount(table));
    const endpoint = pickWeighted(table, bits as u32);
    this.chance = endpoint < 0 ? 1 : table.get(Lane.Weight, endpoint);
    return endpoint;
  }

  override probability(): f32 {
    return this.chance;
  }

  /** Sets the `Score` lane: residual + base. */
  private score(table: EndpointTable, request: Request, now: f64): void {
    const at = table.relative(now);
    writeEwmaCosts(table, Lane.Base);
    writeFeatures(table, at, greatest(table, Lane.Base, Lane.Present));
    writeContext(table, request, at);
    const scores = table.lane(Lane.Score);
    const base = table.lane(Lane.Base);
    forward(this.model, table.size, table.count, table.lane(Lane.Present), scores);
    const limit = f32x4.splat(MAX_RESIDUAL);
    for (let o = 0, end = table.size << 2; o < end; o += 16) {
      const residual = f32x4.pmax(f32x4.neg(limit), f32x4.pmin(limit, v128.load(scores + o)));
      v128.store(scores + o, f32x4.add(residual, v128.load(base + o)));
    }
  }
}
