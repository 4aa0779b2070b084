// Where clusters and their endpoints come from: a snapshot of an earlier VM, the configuration, the trainer's answers
// (answer.ts) and, with none of them, the traffic itself (client-response.ts).
import { Lane } from '../core/lanes';
import { wallMs } from './clock';
import { Cluster, Source, clusterNamed, clusters } from './clusters';
import { Config } from './config';
import { restore } from './snapshot';

/** The cluster of this name; one that is new to this VM starts warm where it can. Null where there are too many. */
export function meet(at: usize, length: i32, now: f64, maxClasses: i32): Cluster | null {
  const before = clusters.length;
  const cluster = clusterNamed(at, length, now, maxClasses);
  if (cluster !== null && clusters.length != before) restore(cluster, now, wallMs());
  return cluster;
}

/** Takes the endpoints of a configuration: the clusters that it names have these and no others. */
export function applyConfigured(config: Config, now: f64): void {
  for (let i = 0; i < config.endpoints.length; i++) {
    const entry = config.endpoints[i];
    const cluster = meetNamed(entry.cluster, now, config.classes.max);
    if (cluster === null || cluster.source == Source.Answered) continue;
    cluster.source = Source.Configured;
    const address = String.UTF8.encode(entry.address);
    const endpoint = cluster.add(changetype<usize>(address), address.byteLength, now);
    if (endpoint >= 0) cluster.table.set(Lane.Capacity, endpoint, entry.weight);
  }
  for (let c = 0; c < clusters.length; c++) {
    if (clusters[c].source == Source.Configured) removeOthers(clusters[c], config);
  }
}

function meetNamed(name: string, now: f64, maxClasses: i32): Cluster | null {
  const bytes = String.UTF8.encode(name);
  return meet(changetype<usize>(bytes), bytes.byteLength, now, maxClasses);
}

/** Takes out what the configuration no longer names. */
function removeOthers(cluster: Cluster, config: Config): void {
  const table = cluster.table;
  const name = String.UTF8.decodeUnsafe(cluster.name.at, cluster.name.length);
  let isConfigured = false;
  for (let e = 0; e < config.endpoints.length; e++) {
    isConfigured = isConfigured || config.endpoints[e].cluster == name;
  }
  if (!isConfigured) {
    // The configuration has nothing to say of it any more: from now on traffic has.
    cluster.source = Source.Seen;
    return;
  }
  for (let i = 0; i < table.size; i++) {
    if (!table.isPresent(i)) continue;
    const address = String.UTF8.decodeUnsafe(table.addressOf(i), table.addressLength(i));
    let isNamed = false;
    for (let e = 0; e < config.endpoints.length; e++) {
      const entry = config.endpoints[e];
      isNamed = isNamed || (entry.cluster == name && entry.address == address);
    }
    if (!isNamed) table.remove(i);
  }
}
