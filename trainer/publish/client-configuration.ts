// What the client role of every sidecar should run: the operator's configuration with the models of a rollout in it.
import { encodeModel } from '../actor/model-file.js';
import type { Model } from '../actor/model.js';
import type { Serving, ServingPublisher } from '../rollout/serving.js';
import type { Publisher } from './publisher.js';
import { PublishTarget, type TargetState } from './target.js';
import type { Timing } from './timing.js';

export interface NamedPublisher {
  /** Unique, as status and metrics show it: `envoy-file:/etc/envoy/client.json`. */
  readonly name: string;
  readonly publisher: Publisher;
}

export interface ObservedPublisher extends ServingPublisher {
  readonly targets: readonly TargetState[];
  close(): Promise<void>;
}

/**
 * Publishes to all targets at once, each at its own pace: one that is away holds up none of the others. A call that a
 * newer one replaces before all targets had it rejects with `ReplacedError`.
 * @param base configuration of role client (docs/contracts.md), whose models are replaced
 * @throws {Error} when `base` is not of role client
 */
export function createConfigurationPublisher(
  base: Readonly<Record<string, unknown>>,
  publishers: readonly NamedPublisher[],
  timing: Timing,
): ObservedPublisher {
  if (base['role'] !== 'client')
    throw new Error(`the plugin configuration's role is ${JSON.stringify(base['role'])}, must be "client"`);
  const targets = publishers.map(({ name, publisher }) => new PublishTarget(name, publisher, timing));
  return {
    async serve(serving) {
      const configuration = clientConfiguration(base, serving);
      const id = describe(serving);
      await Promise.all(targets.map((target) => target.offer(id, configuration)));
    },
    get targets() {
      return targets.map(({ state }) => state);
    },
    async close() {
      await Promise.all(targets.map((target) => target.close()));
    },
  };
}

/** `base` with the models of `serving`, and without a candidate where there is none. */
export function clientConfiguration(base: Readonly<Record<string, unknown>>, serving: Serving): object {
  const { candidate: _of, ...rest } = base;
  const { current, candidate } = serving;
  return {
    ...rest,
    model: base64(current),
    ...(candidate ? { candidate: { model: base64(candidate.model), share: candidate.share } } : {}),
  };
}

function base64(model: Model): string {
  return Buffer.from(encodeModel(model)).toString('base64');
}

function describe({ current, candidate }: Serving): string {
  return candidate ? `${current.id} + ${candidate.model.id} x ${candidate.share}` : current.id;
}
