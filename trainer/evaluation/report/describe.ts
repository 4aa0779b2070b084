// A scenario in a line.
import { expandEndpoints } from '../../environment/capacity.js';
import type { Scenario } from '../../environment/scenario.js';
import { plural } from '../format.js';

export function describeScenario(scenario: Scenario): string {
  const { services, proxies, load, faults, requests } = scenario;
  const entry = services.find(({ name }) => name === load.service)!;
  const endpoints = plural(expandEndpoints(entry).length, 'endpoint');
  const mesh = services.length === 1 ? endpoints : `${services.length} services, ${endpoints} at the entry`;
  const parts = [
    mesh,
    proxies === 1 ? '1 proxy' : `${proxies} proxies`,
    `utilisation ${load.utilisation}, ${load.pattern.kind}`,
    ...(faults.length > 0 ? [plural(faults.length, 'fault')] : []),
    plural(requests, 'request'),
  ];
  return parts.join('; ');
}
