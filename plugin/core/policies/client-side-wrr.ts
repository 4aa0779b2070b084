import { EndpointTable } from '../endpoint-table';
import { Lane, MAX_ENDPOINTS } from '../lanes';
import { Policy, Request } from './policy';
import { SmoothWeights } from './smooth-weights';

/**
 * Defaults of gRPC A58 and Envoy's `client_side_weighted_round_robin`, but for the blackout: in their 10 s of plain round
 * robin an uneven fleet gathers queues that take a minute to drain, which would be all that a short run measures.
 */
const BLACKOUT_MS: f32 = 1000;
const EXPIRATION_MS: f32 = 180000;
const UPDATE_MS: f64 = 1000;
/** Weight of the error share beside the utilisation (A58, `error_utilization_penalty`). */
const ERROR_PENALTY: f32 = 1;

/**
 * Weights from what servers report (gRPC A58; Envoy's `client_side_weighted_round_robin`): requests per second divided
 * by utilisation plus the share of errors (as seen here, since `x-weir-load` says none), recomputed every second. An
 * endpoint whose report is missing, expired or younger than the blackout has the mean weight; with fewer than two
 * weights it is round robin.
 */
export class ClientSideWrr extends Policy {
  private smooth: SmoothWeights = new SmoothWeights();
  private reportedSince: StaticArray<f64> = new StaticArray<f64>(MAX_ENDPOINTS);
  private updatedAt: f64 = 0;

  choose(table: EndpointTable, _request: Request, now: f64, bits: u64): i32 {
    if (now - this.updatedAt >= UPDATE_MS || now < this.updatedAt) this.update(table, now);
    // A slot that was filled since the last update waits with the mean weight.
    for (let i = 0; i < table.size; i++) {
      if (unchecked(this.smooth.weights[i]) <= 0) unchecked((this.smooth.weights[i] = this.mean));
    }
    return this.smooth.next(table, bits as u32);
  }

  private mean: f32 = 1;

  private update(table: EndpointTable, now: f64): void {
    this.updatedAt = now;
    let sum: f32 = 0;
    let reporting = 0;
    const weights = this.smooth.weights;
    for (let i = 0; i < table.size; i++) {
      unchecked((weights[i] = this.weightOf(table, i, now)));
      if (unchecked(weights[i]) <= 0) continue;
      sum += unchecked(weights[i]);
      reporting++;
    }
    this.mean = reporting > 1 ? sum / (reporting as f32) : 1;
    for (let i = 0; i < table.size; i++) {
      if (reporting < 2 || unchecked(weights[i]) <= 0) unchecked((weights[i] = this.mean));
    }
  }

  /** Weight by the endpoint's report, 0 where it does not count. */
  private weightOf(table: EndpointTable, endpoint: i32, now: f64): f32 {
    const at = table.relative(now);
    const cpu = table.get(Lane.Cpu, endpoint);
    const rate = table.get(Lane.ServerRate, endpoint);
    const age = at - table.get(Lane.ServerAt, endpoint);
    if (!table.isPresent(endpoint) || cpu <= 0 || rate <= 0 || age > EXPIRATION_MS) {
      unchecked((this.reportedSince[endpoint] = 0));
      return 0;
    }
    if (unchecked(this.reportedSince[endpoint]) == 0) unchecked((this.reportedSince[endpoint] = now));
    if (now - unchecked(this.reportedSince[endpoint]) < BLACKOUT_MS) return 0;
    return rate / (cpu + ERROR_PENALTY * table.get(Lane.ErrorRate, endpoint));
  }
}
