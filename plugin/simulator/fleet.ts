// The trainer's part in miniature: proxies report what they have in flight, the answer is the fleet's view.
import { Lane } from '../core/lanes';
import { Proxy, Worker } from './proxy';
import { settings } from './settings';

/** A proxy reports and has its answer: both at once, the age of what others reported is what counts. */
export function exchangeReports(proxy: Proxy, now: f64): void {
  report(proxy, now);
  const proxies = proxy.service.proxies;
  let oldest = now;
  for (let i = 0; i < proxies.length; i++) oldest = min(oldest, proxies[i].reportedAt);
  for (let w = 0; w < proxy.workers.length; w++) apply(proxy.workers[w], oldest, now);
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
    // What servers said of themselves, which proxies report too.
    if (!settings.serverLoad) continue;
    const server = service.servers[endpoint];
    table.set(Lane.Cpu, slot, server.meter.cpu < 0 ? 0 : server.meter.cpu);
    table.set(Lane.Memory, slot, server.meter.memory < 0 ? 0 : server.meter.memory);
  }
}
