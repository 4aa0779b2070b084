// Entry of simulator.wasm: plugin/core (and the simulator on it) for Node, without a single import.
import './simulator/abort';
export * from './simulator/core-bindings';
export * from './simulator/learning-bindings';
export * from './simulator/mesh-bindings';
export * from './simulator/workload-bindings';
