// What the sidecars should serve: said by the rollout, brought to them by publishers.
import type { Model } from '../actor/model.js';

export interface Serving {
  readonly current: Model;
  /** A second model on a share of the requests, 0 to 1, measured apart. */
  readonly candidate?: { readonly model: Model; readonly share: number };
}

export interface ServingPublisher {
  /**
   * Resolves when handed over to all targets. The last call wins; a target that is away is tried again meanwhile.
   * @throws {Error} when a target refuses it for good, with what it said
   * @throws {ReplacedError} when a newer call took its place
   */
  serve(serving: Serving): Promise<void>;
}
