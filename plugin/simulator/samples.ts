// How even utilisation is, and how much traffic moves: sampled at a fixed pace.
import { Service } from './service';
import { Statistics } from './statistics';

export const SAMPLE_MS: f64 = 250;
/** Samples from one comparison of shares to the next: a second. */
const SAMPLES_A_SECOND: i32 = 4;

export class Sampler {
  private count: i32 = 0;

  take(services: Service[], entry: Service, statistics: Statistics, now: f64): void {
    let cpu: f64 = 0;
    let memory: f64 = 0;
    let compared = 0;
    for (let i = 0; i < services.length; i++) {
      if (services[i].servers.length < 2) continue;
      compared++;
      cpu += spread(services[i], true, now);
      memory += spread(services[i], false, now);
    }
    if (compared > 0) {
      statistics.spreads++;
      statistics.cpuSpread += cpu / (compared as f64);
      statistics.memorySpread += memory / (compared as f64);
    }
    if (++this.count % SAMPLES_A_SECOND == 0) compareShares(entry, statistics);
  }
}

/** Standard deviation of cpu or memory utilisation over the endpoints that are there. */
function spread(service: Service, ofCpu: bool, now: f64): f64 {
  let sum: f64 = 0;
  let squares: f64 = 0;
  let count: f64 = 0;
  for (let i = 0; i < service.servers.length; i++) {
    const server = service.servers[i];
    if (!server.present) continue;
    server.advance(now);
    const value = (ofCpu ? server.utilisation.cpu : server.utilisation.memory) as f64;
    sum += value;
    squares += value * value;
    count++;
  }
  if (count == 0) return 0;
  return Math.sqrt(max<f64>(0, squares / count - (sum / count) * (sum / count)));
}

/** Half the sum of the changes of the endpoints' shares: the part of the traffic that went elsewhere. */
function compareShares(service: Service, statistics: Statistics): void {
  let now: f64 = 0;
  let before: f64 = 0;
  for (let i = 0; i < service.sent.length; i++) {
    now += service.sent[i] as f64;
    before += service.sentBefore[i] as f64;
  }
  if (now > 0 && before > 0) {
    let moved: f64 = 0;
    for (let i = 0; i < service.sent.length; i++) {
      moved += Math.abs((service.sent[i] as f64) / now - (service.sentBefore[i] as f64) / before);
    }
    statistics.comparisons++;
    statistics.moved += moved / 2;
  }
  for (let i = 0; i < service.sent.length; i++) {
    service.sentBefore[i] = service.sent[i];
    service.sent[i] = 0;
  }
}
