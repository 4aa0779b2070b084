// References that no proxy can have: they see the true queues, speeds and sizes at the moment of the decision.
import { EndpointTable } from '../core/endpoint-table';
import { Lane } from '../core/lanes';
import { pickGreatest } from '../core/policies/pick';
import { Policy, Request } from '../core/policies/policy';
import { Job } from './job';
import { Worker } from './proxy';
import { Server } from './server';
import { fails } from './workload';

export const enum Oracle {
  /** Fewest jobs on their way, waiting and served, per slot: JSQ (Winston, Journal of Applied Probability 14, 1977). */
  Jsq,
  /** Shortest expected delay by true counts and speeds: SED (Whitt, Operations Research 34, 1986). */
  Sed,
  /** The same over the expected work of each job's class. */
  Work,
  /**
   * Least work left, its own included, by the true sizes of all jobs. (The exact time until a slot is free instead makes
   * means worse: each job then crowds the fast endpoints for those after it.)
   */
  Clairvoyant,
}

/** Cost of an endpoint that is to be avoided, above any time in ms. */
const AVOID: f64 = 1e12;

/** The decision at hand. */
@unmanaged
class Present {
  job: usize;
  worker: usize;
}
const present = new Present();

/** Says what is about to be decided. */
export function reveal(job: Job, worker: Worker): void {
  present.job = changetype<usize>(job);
  present.worker = changetype<usize>(worker);
}

export class OraclePolicy extends Policy {
  constructor(private kind: Oracle) {
    super();
  }

  choose(table: EndpointTable, _request: Request, now: f64, bits: u64): i32 {
    const job = changetype<Job>(present.job);
    const worker = changetype<Worker>(present.worker);
    const servers = worker.proxy.service.servers;
    for (let slot = 0; slot < table.size; slot++) {
      const server = unchecked(servers[unchecked(worker.endpointAt[slot])]);
      table.set(Lane.Score, slot, -this.cost(server, job, now) as f32);
    }
    return pickGreatest(table, Lane.Score, bits as u32);
  }

  private cost(server: Server, job: Job, now: f64): f64 {
    if (server.down) return AVOID * 2;
    if (this.kind == Oracle.Clairvoyant) {
      // It knows which tries go wrong.
      if (fails(job.key, job.attempts, server.errorRate)) return AVOID;
    } else if (server.errorRate > server.service.errorRate) {
      return AVOID * server.errorRate;
    }
    const slots = server.slots as f64;
    const pace = server.pace();
    const assigned = server.assigned as f64;
    switch (this.kind) {
      case Oracle.Jsq:
        return assigned / slots;
      case Oracle.Sed:
        return (max<f64>(0, assigned + 1 - slots) / slots + 1) * (server.service.meanMs / pace);
      case Oracle.Work: {
        const own = server.expectation(job) / pace;
        return assigned < slots ? own : server.expectedMs / pace / slots + own;
      }
      default: {
        const own = job.sizeMs / pace;
        if (assigned < slots) return own;
        const serving = server.endSum - (server.busy as f64) * now;
        return (serving + server.unstartedMs / pace) / slots + own;
      }
    }
  }
}
