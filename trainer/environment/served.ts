// What was learned, as the simulator takes it: spread into its options (`new Simulator(compiled, scenario, { ...served })`)
// it decides there. Bytes, so that it goes to threads as it is.

/** The network as a model file, which Envoy serves too. */
export interface ServedModel {
  readonly policy: 'actor';
  readonly model: Uint8Array;
}

/** A table of costs (table.ts), for the simulator only. */
export interface ServedTable {
  readonly policy: 'table';
  readonly table: Uint8Array;
}

/** The network before it was quantised (trainer/actor/float-network.ts), for the simulator only. */
export interface ServedFloat {
  readonly policy: 'float';
  readonly network: Uint8Array;
}

export type Served = ServedModel | ServedTable | ServedFloat;
