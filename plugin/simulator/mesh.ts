// The run of the mesh in virtual time: what is due next, happens.
import { Event } from './agenda';
import { giveUp, hearAnswer, hearProbe, place } from './at-proxy';
import { abandon, breakOff, finishService, meetProbe, meetServer } from './at-server';
import { createJob } from './calls';
import { Fault, applyFaults } from './faults';
import { exchangeReports } from './fleet';
import { Job } from './job';
import { Probe } from './probe';
import { Proxy } from './proxy';
import { SAMPLE_MS } from './samples';
import { Server } from './server';
import { settings } from './settings';
import { START_MS, mesh } from './state';
import { proxyOf, requestKey } from './workload';

/** When something happens next, ms. */
export function dueAt(): f64 {
  const probeAt = min(mesh.probesOut.dueAt, mesh.probesBack.dueAt);
  const timeoutAt = mesh.waiting.oldestAt + settings.timeoutMs;
  const messageAt = min(mesh.toServer.dueAt, mesh.toClient.dueAt);
  return min(min(min(mesh.agenda.dueAt, mesh.arrivalAt), messageAt), min(probeAt, timeoutAt));
}

/** Runs until all requests have ended, or up to `until` ms from the start; returns whether something is left to do. */
export function advance(until: f64): bool {
  const end = START_MS + until;
  const timeout = settings.timeoutMs;
  while (mesh.arrivalAt < Infinity || mesh.jobs.live > 0) {
    const agendaAt = mesh.agenda.dueAt;
    const serverAt = mesh.toServer.dueAt;
    const clientAt = mesh.toClient.dueAt;
    const timeoutAt = mesh.waiting.oldestAt + timeout;
    const now = dueAt();
    if (now > end) {
      mesh.now = max(mesh.now, end);
      return true;
    }
    mesh.now = now;
    // What is due at the same time happens in this order.
    if (agendaAt == now) happen(now);
    // The filter sends its probes before the request goes on, so that they meet the server first.
    else if (mesh.probesOut.dueAt == now) meetProbe(changetype<Probe>(mesh.probesOut.shift()), now);
    else if (serverAt == now) meetServer(changetype<Job>(mesh.toServer.shift()), now);
    else if (clientAt == now) hearAnswer(changetype<Job>(mesh.toClient.shift()), now);
    else if (mesh.arrivalAt == now) arrive(now);
    else if (timeoutAt == now) expire(now);
    else hearProbe(changetype<Probe>(mesh.probesBack.shift()), now);
  }
  return false;
}

/** Every request has ended for its client. */
function isOver(): bool {
  return mesh.statistics.ended == settings.warmup + settings.requests;
}

function happen(now: f64): void {
  const agenda = mesh.agenda;
  agenda.take();
  // What clients that gave up left to the servers is worked off, and nothing else goes on.
  if (agenda.event != Event.ServiceEnd && isOver()) return;
  const subject = agenda.subject;
  switch (agenda.event) {
    case Event.ServiceEnd:
      finishService(changetype<Job>(subject), now);
      break;
    case Event.Fault:
      change(changetype<Fault>(subject), now);
      break;
    case Event.FleetTick:
      exchangeReports(changetype<Proxy>(subject), now);
      agenda.add(now + settings.fleetViewMs, Event.FleetTick, subject);
      break;
    case Event.Sample:
      mesh.sampler.take(mesh.services, unchecked(mesh.services[mesh.entry]), mesh.statistics, now);
      agenda.add(now + SAMPLE_MS, Event.Sample, 0);
      break;
  }
}

/** A request comes in from outside. */
function arrive(now: f64): void {
  const statistics = mesh.statistics;
  const number = statistics.arrived;
  const service = unchecked(mesh.services[mesh.entry]);
  const key = requestKey(number);
  // Those of the clients come first in the list of the entry's proxies.
  const job = createJob(key, service, unchecked(service.proxies[proxyOf(key)]));
  job.counted = number >= settings.warmup;
  statistics.arrive(job.counted, now);
  schedule();
  place(job, now);
}

/** Sets the time of the next arrival. */
export function schedule(): void {
  const all = settings.warmup + settings.requests;
  const arrivals = mesh.arrivals;
  const isOver = arrivals === null || mesh.statistics.arrived >= all;
  mesh.arrivalAt = isOver ? Infinity : START_MS + arrivals!.next() * 1000;
}

/** The client that waits longest has waited long enough. */
function expire(now: f64): void {
  const job = mesh.waiting.oldest();
  abandon(job);
  giveUp(job, now);
}

function change(fault: Fault, now: f64): void {
  const server = fault.server;
  const wasDown = server.down;
  const wasPresent = server.present;
  fault.change();
  applyFaults(mesh.faults, server);
  if (server.down && !wasDown) breakOff(server, now);
  if (server.present != wasPresent) tellProxies(server, now);
  const next = START_MS + fault.next();
  if (next < Infinity) mesh.agenda.add(next, Event.Fault, changetype<usize>(fault));
}

/** An endpoint joined or left: the proxies know at once. */
function tellProxies(server: Server, now: f64): void {
  const proxies = server.service.proxies;
  for (let p = 0; p < proxies.length; p++) {
    for (let w = 0; w < proxies[p].workers.length; w++) {
      if (server.present) proxies[p].workers[w].meet(server.index, now);
      else proxies[p].workers[w].forget(server.index);
    }
  }
}
