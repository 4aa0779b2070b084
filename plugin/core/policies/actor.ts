import { forward } from '../actor';
import { EndpointTable } from '../endpoint-table';
import { writeContext, writeFeatures } from '../features';
import { Lane } from '../lanes';
import { Model } from '../model';
import { WeightBounds } from '../settings';
import { weigh } from '../weights';
import { writeCosts } from './ewma-full';
import { eligibleCount, pickWeighted } from './pick';
import { Policy, Request } from './policy';

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
    writeCosts(table, Lane.Base, Lane.Requests, Lane.SiblingRequests, 1);
    let best: f32 = -Infinity;
    const base = table.lane(Lane.Base);
    const present = table.lane(Lane.Present);
    for (let o: usize = 0, end = (table.size as usize) << 2; o < end; o += 4) {
      if (load<f32>(present + o) > 0) best = max(best, load<f32>(base + o));
    }
    writeFeatures(table, at, best);
    writeContext(table, request);
    const scores = table.lane(Lane.Score);
    forward(this.model, table.size, table.count, present, scores);
    for (let o = 0, end = table.size << 2; o < end; o += 16) {
      v128.store(scores + o, f32x4.add(v128.load(scores + o), v128.load(base + o)));
    }
  }
}
