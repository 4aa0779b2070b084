// From the options to what publishes: one publisher over all targets.
import { readFileSync } from 'node:fs';
import { loadCore } from '../environment/core.js';
import type { EventSink } from '../telemetry/event.js';
import type { FleetView } from '../telemetry/fleet.js';
import {
  createConfigurationPublisher,
  type NamedPublisher,
  type ObservedPublisher,
} from './client-configuration.js';
import { EnvoyFilePublisher } from './envoy-file.js';
import { createTrafficExtensionPublisher, TRAFFIC_EXTENSION } from './istio-trafficextension.js';
import { createWasmPluginPublisher, WASM_PLUGIN } from './istio-wasmplugin.js';
import { guardedClient } from './kubernetes/guarded-client.js';
import { withStatus } from './kubernetes/publish-status.js';
import { loadKubeConfig } from './kubernetes/kube-config.js';
import {
  createResourceClient,
  type ResourceClient,
  type ResourceType,
} from './kubernetes/resource-client.js';
import {
  targetName,
  type PublishOption,
  type PublishOptions,
  type RouteWeightsOption,
} from './publish-options.js';
import type { Publisher } from './publisher.js';
import { HTTP_ROUTE, VIRTUAL_SERVICE } from './route-weights/formats.js';
import { routeResource } from './route-weights/route.js';
import { RouteWeights } from './route-weights/route-weights.js';
import { realTiming, type Timing } from './timing.js';

/** From the sources as from the build in `dist`. */
const root = import.meta.url.endsWith('.js') ? '../../../' : '../../';
const simulatorFile = new URL(`${root}build/simulator.wasm`, import.meta.url);

export interface PublishContext {
  /** Configuration of role client as the operator wrote it, its models aside (docs/contracts.md). */
  readonly base: Readonly<Record<string, unknown>>;
  /** What route weights are computed from. */
  readonly fleet: { view(now: number): FleetView };
  /** Hears of a status that cannot be written. */
  readonly events: EventSink;
  /** Asked right before each write; rejects where another one publishes by now. */
  readonly mayWrite: () => Promise<void>;
  /** Time of what is written into statuses, ms since 1970. */
  readonly wallNow: () => number;
  /** File with the way to the API server; absent = the pod's service account, else kubectl's default. */
  readonly kubeConfigFile?: string;
  /** Addresses of destinations whose options list none, at this moment. */
  readonly endpointsOf?: (destination: string) => readonly string[];
  readonly timing?: Timing;
}

/**
 * One publisher over all targets of the options. The API server is asked nothing yet.
 * @throws {Error} when a kubeconfig is needed and none can be read, or a destination has no endpoints
 */
export function createPublishers(options: PublishOptions, context: PublishContext): ObservedPublisher {
  const { timing = realTiming } = context;
  let client: ResourceClient | undefined;
  const kubernetes = () =>
    (client ??= guardedClient(
      createResourceClient(loadKubeConfig(context.kubeConfigFile)),
      context.mayWrite,
    ));
  const configured = options.flatMap((option) => configurationPublisher(option, kubernetes, context) ?? []);
  const parts: ObservedPublisher[] = [
    createConfigurationPublisher(context.base, configured, timing),
    ...options.flatMap((option) =>
      option.kind === 'route-weights' ? [routeWeights(option, context, kubernetes(), timing)] : [],
    ),
  ];
  return {
    async serve(serving) {
      await Promise.all(parts.map((part) => part.serve(serving)));
    },
    get targets() {
      return parts.flatMap((part) => part.targets);
    },
    async close() {
      await Promise.all(parts.map((part) => part.close()));
    },
  };
}

/** Undefined for what takes no plugin configuration. */
function configurationPublisher(
  option: PublishOption,
  kubernetes: () => ResourceClient,
  context: PublishContext,
): NamedPublisher | undefined {
  const name = targetName(option);
  switch (option.kind) {
    case 'envoy-file': {
      const { path, plugin, vmConfiguration } = option;
      const vm = vmConfiguration === undefined ? {} : { vmConfiguration };
      const file = new EnvoyFilePublisher({ path, role: 'client', plugin, ...vm });
      return { name, publisher: guardedPublisher(file, context.mayWrite) };
    }
    case 'istio-wasmplugin':
      return istioPublisher(option, createWasmPluginPublisher, WASM_PLUGIN);
    case 'istio-trafficextension':
      return istioPublisher(option, createTrafficExtensionPublisher, TRAFFIC_EXTENSION);
    case 'route-weights':
      return undefined;
  }

  function istioPublisher(
    { namespace, name: resource, spec, onConflict }: IstioOption,
    create: typeof createWasmPluginPublisher,
    type: ResourceType,
  ): NamedPublisher {
    const client = kubernetes();
    const target = { namespace, name: resource };
    const inner = create(client, { ...target, onConflict, ...(spec === undefined ? {} : { spec }) });
    return { name, publisher: withStatus(inner, { ...target, type }, { ...context, client }) };
  }
}

/** Of what is written in one step. */
const guardedPublisher = (publisher: Publisher, mayWrite: () => Promise<void>): Publisher => ({
  async publish(...call) {
    await mayWrite();
    await publisher.publish(...call);
  },
});

type IstioOption = PublishOption & { kind: 'istio-wasmplugin' | 'istio-trafficextension' };

function routeWeights(
  option: RouteWeightsOption,
  context: PublishContext,
  client: ResourceClient,
  timing: Timing,
): RouteWeights {
  const { resource, weights } = option;
  const destinations = option.destinations.map(({ name }) => name);
  const listed = new Map(option.destinations.map(({ name, endpoints }) => [name, endpoints]));
  const without = option.destinations.find(({ endpoints }) => endpoints === undefined);
  if (without !== undefined && context.endpointsOf === undefined)
    throw new Error(`${targetName(option)}: destination ${without.name} has no \`endpoints\``);
  const { kind, rule, ...place } = resource;
  const format = kind === 'VirtualService' ? VIRTUAL_SERVICE : HTTP_ROUTE;
  const { min, max, step, maxMovePerUpdate: maxMove, everySeconds } = weights;
  return new RouteWeights(
    {
      name: targetName(option),
      range: { min, max, step, maxMove },
      everySeconds,
      destinations,
      endpointsOf: (name) => listed.get(name) ?? context.endpointsOf?.(name) ?? [],
    },
    {
      route: routeResource(
        client,
        format,
        { ...place, ...(rule === undefined ? {} : { rule }) },
        destinations,
      ),
      fleet: context.fleet,
      core: loadCore(readFileSync(simulatorFile)),
      timing,
    },
  );
}
