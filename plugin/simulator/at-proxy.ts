// What happens at a proxy: it places requests, hears answers, gives up. The calls into the core are those of the filter, in
// its order (plugin/host/client.ts, client-response.ts).
import { recordOutcome } from '../core/ejection';
import { ServerLoad, onFinish, onLatency, onOutcome, onServerLoad, onStart } from '../core/estimators';
import { Lane } from '../core/lanes';
import { DESTINATION_HASH, SOURCE_HASH } from '../core/policies/registry';
import { RANKS, rank } from '../core/ranking';
import { calleeDone } from './calls';
import { Ending, Job } from './job';
import { reveal } from './oracles';
import { Probe } from './probe';
import { Worker, request } from './proxy';
import { derive } from './random';
import { Draw } from './service';
import { ejection, settings } from './settings';
import { mesh, release } from './state';

/** Callers, and objects a class of requests asks for: what the hashing policies tell apart. */
const CALLERS: u32 = 1024;
const OBJECTS: u32 = 1024;
/** Tries after the first one: only a connection that cannot be made is tried again, on the ranked list. */
const RETRIES: i32 = 1;

const ranked = new StaticArray<i32>(RANKS);
const targets = new StaticArray<i32>(8);
const said = new ServerLoad();

/** The worker of `job` chooses an endpoint and sends it there. */
export function place(job: Job, now: f64): void {
  const worker = changetype<Worker>(job.worker);
  const table = worker.table;
  job.sentAt = now;
  job.chosen = job.slot = job.holder = job.second = job.record = -1;
  job.references++;
  mesh.waiting.push(job);
  describe(job, worker);
  reveal(job, worker);
  const bits = worker.random.next();
  const chosen = worker.choose(now, bits);
  if (mesh.records !== null && chosen >= 0) mesh.records!.add(job, worker, chosen, now);
  if (chosen < 0) {
    settle(job, Ending.Unreachable, now);
    return;
  }
  sendProbes(worker, bits, now);
  if (mesh.mayBreak && rank(table, chosen, ranked, (bits >> 8) as u32) > 1) job.second = unchecked(ranked[1]);
  job.chosen = job.holder = chosen;
  worker.start(chosen, job.work, now);
  job.references++;
  send(job, worker, chosen, now);
}

/** Fills `request` with what policies may know. */
function describe(job: Job, worker: Worker): void {
  const classes = worker.table.classes;
  job.workerClass = classes.indexOf(unchecked(worker.proxy.service.classes[job.classId]).hash);
  request.work = job.work = classes.work(job.workerClass);
  if (settings.policy == SOURCE_HASH) {
    request.source = ((derive(job.key, Draw.Source) as u32) % CALLERS) * 0x9e3779b9;
  } else if (settings.policy == DESTINATION_HASH) {
    const object = (derive(job.key, Draw.Destination) as u32) % OBJECTS;
    request.destination = (object + (job.classId as u32) * OBJECTS) * 0x9e3779b9;
  }
}

function send(job: Job, worker: Worker, slot: i32, now: f64): void {
  const endpoint = unchecked(worker.endpointAt[slot]);
  const service = worker.proxy.service;
  const server = unchecked(service.servers[endpoint]);
  job.slot = slot;
  job.server = changetype<usize>(server);
  job.dueAt = now + settings.networkMs;
  unchecked(service.sent[endpoint]++);
  server.assign(job);
  mesh.toServer.push(job);
}

function sendProbes(worker: Worker, bits: u64, now: f64): void {
  const wanted = worker.policy.probes(worker.table, targets, bits);
  for (let i = 0; i < wanted; i++) {
    mesh.statistics.probes++;
    // Without sidecars that say their load there is nobody to answer.
    if (!settings.serverLoad) continue;
    const probe = changetype<Probe>(mesh.probes.take());
    const slot = unchecked(targets[i]);
    probe.slot = slot;
    probe.worker = changetype<usize>(worker);
    probe.server = changetype<usize>(
      unchecked(worker.proxy.service.servers[unchecked(worker.endpointAt[slot])]),
    );
    probe.dueAt = now + settings.networkMs;
    mesh.probesOut.push(probe);
  }
}

export function hearProbe(probe: Probe, now: f64): void {
  const worker = changetype<Worker>(probe.worker);
  const table = worker.table;
  probe.tell(said);
  onServerLoad(table, probe.slot, said, now);
  const latency = said.latencyMs >= 0 ? said.latencyMs : table.meanLatency();
  worker.policy.onProbe(probe.slot, said.requests, latency, now);
  mesh.probes.give(changetype<usize>(probe));
}

/** The answer to `job`, or word that there is none, reaches its proxy. */
export function hearAnswer(job: Job, now: f64): void {
  const worker = changetype<Worker>(job.worker);
  if (!job.settled) {
    if (job.ending == Ending.Unreachable && job.attempts < RETRIES && job.second >= 0) {
      job.attempts++;
      send(job, worker, job.second, now);
      return;
    }
    const failed = job.ending != Ending.Answered;
    if (job.slot != job.chosen) passOver(job, worker, now);
    learn(job, worker, failed, now);
    settle(job, job.ending, now);
  }
  release(job);
}

/** Not the chosen endpoint was reached, but the next one. */
function passOver(job: Job, worker: Worker, now: f64): void {
  onFinish(worker.table, job.chosen, job.work);
  onStart(worker.table, job.slot, job.work, now);
  job.holder = job.slot;
  judge(worker, job.chosen, true, now);
}

function learn(job: Job, worker: Worker, failed: bool, now: f64): void {
  const table = worker.table;
  const latency = max<f64>(now - job.sentAt, 0.001) as f32;
  if (!failed) {
    onLatency(table, job.slot, latency, now);
    worker.proxy.observe(unchecked(worker.endpointAt[job.slot]), latency);
    table.classes.observe(job.workerClass, latency, table.relative(now));
  }
  judge(worker, job.slot, failed, now);
  if (!job.hasSaid) return;
  job.tell(said);
  onServerLoad(table, job.slot, said, now);
  worker.policy.onProbe(job.slot, said.requests, said.latencyMs >= 0 ? said.latencyMs : latency, now);
}

function judge(worker: Worker, slot: i32, failed: bool, now: f64): void {
  onOutcome(worker.table, slot, failed, now);
  recordOutcome(worker.table, slot, failed, ejection, now);
}

/** The client waits no longer: the true latency is above this, which says something only where it is above the average. */
export function giveUp(job: Job, now: f64): void {
  const table = changetype<Worker>(job.worker).table;
  const holder = job.holder;
  settle(job, Ending.Timeout, now);
  const waited = (now - job.sentAt) as f32;
  if (waited > table.get(Lane.Latency, holder) && table.isPresent(holder))
    onLatency(table, holder, waited, now);
}

/** The request is over for its client. */
function settle(job: Job, ending: Ending, now: f64): void {
  const worker = changetype<Worker>(job.worker);
  job.settled = true;
  mesh.waiting.remove(job);
  if (job.holder >= 0) {
    onFinish(worker.table, job.holder, job.work);
    worker.markChanged();
  }
  if (mesh.records !== null) mesh.records!.end(job, ending, now - job.sentAt);
  if (job.parent == 0) mesh.statistics.end(job.counted, ending, now - job.sentAt, now);
  else calleeDone(changetype<Job>(job.parent), ending == Ending.Answered, now);
  release(job);
}
