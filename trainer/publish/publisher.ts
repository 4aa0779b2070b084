/** Brings a configuration of the plugin to the sidecars of one role. */
export interface Publisher {
  /** Resolves when the configuration is handed over; the sidecars take it over on their own, without a restart. */
  publish(pluginConfiguration: object): Promise<void>;
}
