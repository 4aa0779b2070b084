// The trainer's part in miniature: proxies report what they have in flight, the answer is the fleet's view.
import { Lane } from '../core/lanes';
import { decay } from '../core/math';
import { Proxy, Worker } from './proxy';
import { Service } from './service';
import { settings } from './settings';

/** Window of the latency average over all proxies: as in trainer/telemetry/limits.ts, keep both in step. */
const LATENCY_TAU_MS: f32 = 2000;
/** An average of fewer answers than this stays what it was: the sums fade towards nothing. There as well. */
const LEAST_ANSWERS: f32 = 0.01;

/** A proxy reports and has its answer: both at once, the age of what others reported is what counts. */
export function exchangeReports(proxy: Proxy, now: f64): void {
  fade(proxy.service, now);
  report(proxy, now);
  const proxies = proxy.service.proxies;
  let oldest = now;
  for (let i = 0; i < proxies.length; i++) oldest = min(oldest, proxies[i].reportedAt);
  for (let w = 0; w < proxy.workers.length; w++) apply(proxy.workers[w], oldest, now);
}

/** What was reported before counts less. */
function fade(service: Service, now: f64): void {
  const keep = decay((now - service.fleetAt) as f32, LATENCY_TAU_MS);
  service.fleetAt = now;
  for (let endpoint = 0; endpoint < service.servers.length; endpoint++) {
    service.fleetLatencies[endpoint] *= keep;
    service.fleetAnswers[endpoint] *= keep;
  }
}

function report(proxy: Proxy, now: f64): void {
  const service = proxy.service;
  for (let endpoint = 0; endpoint < service.servers.length; endpoint++) {
    let inFlight: f32 = 0;
    for (let w = 0; w < proxy.workers.length; w++) {
      const worker = proxy.workers[w];
      const slot = worker.slotOf[endpoint];
      if (slot >= 0) inFlight += worker.table.get(Lane.Requests, slot);
    }
    service.fleet[endpoint] += inFlight - proxy.reported[endpoint];
    proxy.reported[endpoint] = inFlight;
    service.fleetLatencies[endpoint] += proxy.latencies[endpoint];
    service.fleetAnswers[endpoint] += proxy.answers[endpoint];
    proxy.latencies[endpoint] = proxy.answers[endpoint] = 0;
  }
  proxy.reportedAt = now;
}

function apply(worker: Worker, oldest: f64, now: f64): void {
  const table = worker.table;
  const service = worker.proxy.service;
  table.proxies = service.proxies.length as f32;
  table.fleetAt = table.relative(now) - ((now - oldest) as f32);
  for (let endpoint = 0; endpoint < service.servers.length; endpoint++) {
    const slot = worker.slotOf[endpoint];
    if (slot < 0) continue;
    const ours = table.get(Lane.Requests, slot) + table.get(Lane.SiblingRequests, slot);
    table.set(Lane.FleetRequests, slot, max<f32>(0, service.fleet[endpoint] - ours));
    const answers = service.fleetAnswers[endpoint];
    if (answers > LEAST_ANSWERS)
      table.set(Lane.FleetLatency, slot, service.fleetLatencies[endpoint] / answers);
    // What servers said of themselves, which proxies report too.
    if (!settings.serverLoad) continue;
    const server = service.servers[endpoint];
    table.set(Lane.Cpu, slot, server.meter.cpu < 0 ? 0 : server.meter.cpu);
    table.set(Lane.Memory, slot, server.meter.memory < 0 ? 0 : server.meter.memory);
  }
}
