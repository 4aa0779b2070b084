// What a job causes at other services: calls in the order of the scenario; neighbours that are parallel run together, and
// a failure ends it, as in most code (trainer/mesh/apps/calls.ts).
import { place } from './at-proxy';
import { respond } from './at-server';
import { Ending, Job, Stage } from './job';
import { Proxy } from './proxy';
import { derive, index } from './random';
import { Server } from './server';
import { Draw, Service } from './service';
import { settings } from './settings';
import { mesh, release } from './state';
import { callKey, makesCall } from './workload';

/** A job at `service` that comes in by `proxy`. */
export function createJob(key: u64, service: Service, proxy: Proxy): Job {
  const job = changetype<Job>(mesh.jobs.take());
  job.key = key;
  job.classId = service.classOf(key);
  job.sizeMs = service.sizeOf(key, job.classId);
  const workers = proxy.workers;
  const worker = index(derive(key + settings.dice, Draw.Worker), workers.length);
  job.worker = changetype<usize>(unchecked(workers[worker]));
  return job;
}

/** The next calls of `job`, or its answer when none is left. */
export function proceed(job: Job, now: f64): void {
  const server = changetype<Server>(job.server);
  const calls = server.service.calls;
  while (job.call < calls.length) {
    // Held while calls are made: one that fails at once must not end the group.
    job.pending++;
    const parallel = unchecked(calls[job.call]).parallel;
    do {
      const place = job.call++;
      if (makesCall(job.key, place, unchecked(calls[place]).probability)) callOut(job, server, place, now);
    } while (parallel && job.call < calls.length && unchecked(calls[job.call]).parallel);
    if (--job.pending > 0) return;
    if (job.calleeFailed) break;
  }
  respond(job, job.calleeFailed ? Ending.Failed : Ending.Answered, now);
}

function callOut(job: Job, server: Server, call: i32, now: f64): void {
  const callee = unchecked(server.service.calls[call]).callee;
  const child = createJob(callKey(job.key, call), callee, unchecked(server.outbound[call]));
  child.parent = changetype<usize>(job);
  job.pending++;
  job.references++;
  place(child, now);
}

/** A call that `job` caused is over. */
export function calleeDone(job: Job, isOk: bool, now: f64): void {
  job.pending--;
  if (!isOk) job.calleeFailed = true;
  if (job.pending == 0 && job.stage == Stage.Calling && !job.aborted) {
    if (job.calleeFailed) respond(job, Ending.Failed, now);
    else proceed(job, now);
  }
  release(job);
}
