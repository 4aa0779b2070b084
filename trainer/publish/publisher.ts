// What brings a configuration to sidecars, and how it says whether trying again can help.

/** Brings a configuration of the plugin to the sidecars of one role. */
export interface Publisher {
  /**
   * Resolves when the configuration is handed over; the sidecars take it over on their own, without a restart.
   * @param signal gives up what is under way
   * @throws {RefusedError} when the same again would be refused again; any other error may pass
   */
  publish(pluginConfiguration: object, signal?: AbortSignal): Promise<void>;
}

/** Refused for good: the message says by whom and why. */
export class RefusedError extends Error {
  override readonly name: string = 'RefusedError';

  /** @param patienceMs how long it is asked again all the same, since the other side may not know better yet */
  constructor(
    message: string,
    readonly patienceMs = 0,
  ) {
    super(message);
  }
}

/** Failed for a reason that may pass. */
export class PassingError extends Error {
  override readonly name = 'PassingError';

  /** @param retryAfterMs how long the other side asks to be left alone */
  constructor(
    message: string,
    readonly retryAfterMs = 0,
  ) {
    super(message);
  }
}
