// What happens at a server: the sidecar counts, a slot or the queue takes the job, the answer goes back. As the
// applications of a local mesh do it (trainer/mesh/apps/endpoint.ts) and their sidecars (plugin/host/server.ts).
import { ServerLoad } from '../core/estimators';
import { Event } from './agenda';
import { proceed } from './calls';
import { Ending, Job, Stage } from './job';
import { Probe } from './probe';
import { Server } from './server';
import { settings } from './settings';
import { mesh, release } from './state';
import { fails } from './workload';

const said = new ServerLoad();

/** `job` reaches its server. */
export function meetServer(job: Job, now: f64): void {
  const server = changetype<Server>(job.server);
  if (job.settled) {
    server.unassign(job, false);
    release(job);
    return;
  }
  if (server.down) {
    server.unassign(job, false);
    answer(job, Ending.Unreachable, now);
    return;
  }
  server.advance(now);
  server.enter(job);
  job.metAt = now;
  meter(job, server);
  // Failing is fast, as it mostly is: it tempts whoever looks at latency alone.
  if (server.errorRate > 0 && fails(job.key, job.attempts, server.errorRate)) {
    respond(job, Ending.Failed, now);
  } else if (server.busy < server.slots) {
    server.busy++;
    serve(job, server, now);
  } else if (server.queue.length < server.service.queueLimit) {
    job.stage = Stage.Waiting;
    server.queue.push(job);
  } else {
    respond(job, Ending.Overflow, now);
  }
}

function meter(job: Job, server: Server): void {
  const classes = server.meter.classes;
  job.meterClass = classes.indexOf(unchecked(server.service.classes[job.classId]).hash);
  job.meterWork = classes.work(job.meterClass);
  job.depth = server.inFlight;
  job.metered = true;
  server.inFlight += 1;
  server.inWork += job.meterWork;
}

/** The sidecar sees the end of the request. */
function unmeter(job: Job, server: Server): void {
  job.metered = false;
  server.inFlight -= 1;
  server.inWork = max<f32>(server.inWork - job.meterWork, 0);
}

/** The client of `job` is gone, and the sidecar sees it; the application does not before it takes the job up. */
export function abandon(job: Job): void {
  if (job.metered) unmeter(job, changetype<Server>(job.server));
}

function serve(job: Job, server: Server, now: f64): void {
  job.stage = Stage.Serving;
  job.endAt = now + job.sizeMs / server.pace();
  server.begin(job);
  if (mesh.records !== null) mesh.records!.begin(job, server);
  mesh.agenda.add(job.endAt, Event.ServiceEnd, changetype<usize>(job));
}

/** A slot is free: the job that waited longest has it. */
function serveNext(server: Server, now: f64): void {
  while (server.queue.length > 0) {
    const job = changetype<Job>(server.queue.shift());
    if (!job.settled) {
      server.line.waited++;
      serve(job, server, now);
      if (mesh.records !== null) mesh.records!.outcomes.resolve(server.line, server.queue.length == 0);
      return;
    }
    // Its client gave up while it waited.
    server.unassign(job, false);
    server.leave(job);
    release(job);
  }
  server.busy--;
  if (mesh.records !== null) mesh.records!.outcomes.resolve(server.line, true);
}

/** The service of `job` ends. */
export function finishService(job: Job, now: f64): void {
  if (job.aborted) return release(job);
  const server = changetype<Server>(job.server);
  server.advance(now);
  server.unassign(job, true);
  if (mesh.records !== null) mesh.records!.finish(job, server);
  job.stage = Stage.Calling;
  serveNext(server, now);
  proceed(job, now);
}

/** The server answers. */
export function respond(job: Job, ending: Ending, now: f64): void {
  const server = changetype<Server>(job.server);
  server.leave(job);
  server.unassign(job, false);
  job.stage = Stage.Away;
  if (job.metered) {
    unmeter(job, server);
    // After calls to others the last change here may be long ago.
    server.advance(now);
    server.meter.onResponse(job.meterClass, job.depth, (now - job.metAt) as f32, now);
    server.meter.cpu = server.utilisation.cpu;
    server.meter.memory = server.utilisation.memory;
  }
  if (job.settled) return release(job);
  if (settings.serverLoad) {
    server.meter.describe(said, server.inFlight, server.inWork, now);
    job.keep(said);
    job.hasSaid = true;
  }
  answer(job, ending, now);
}

function answer(job: Job, ending: Ending, now: f64): void {
  job.ending = ending;
  job.dueAt = now + settings.networkMs;
  mesh.toClient.push(job);
}

/** The server is cut off: everything in the house breaks. */
export function breakOff(server: Server, now: f64): void {
  server.advance(now);
  for (let at = server.anyone(); at != 0; at = server.anyone()) {
    const job = changetype<Job>(at);
    server.leave(job);
    server.unassign(job, job.stage == Stage.Serving);
    if (job.metered) unmeter(job, server);
    // The agenda still holds a job on a slot.
    if (job.stage == Stage.Serving) job.references++;
    job.aborted = true;
    if (job.settled) release(job);
    else answer(job, Ending.Broken, now);
  }
  server.queue.clear();
  server.busy = 0;
  if (mesh.records !== null) mesh.records!.outcomes.resolve(server.line, true);
}

export function meetProbe(probe: Probe, now: f64): void {
  const server = changetype<Server>(probe.server);
  if (server.down) {
    mesh.probes.give(changetype<usize>(probe));
    return;
  }
  server.meter.describe(said, server.inFlight, server.inWork, now);
  probe.keep(said);
  probe.dueAt = now + settings.networkMs;
  mesh.probesBack.push(probe);
}
