// What the mesh is run with, apart from the scenario's services.
import { Model } from '../core/model';
import { EjectionSettings, WeightBounds } from '../core/settings';
import { FloatNetwork } from './float-actor';
import { Table } from './table-policy';

export const model = new Model();
export const table = new Table();
export const network = new FloatNetwork();
export const bounds = new WeightBounds();
export const ejection = new EjectionSettings();

/** The mesh as a whole; in linear memory as everything else, so that a snapshot holds it. */
export class MeshSettings {
  seed: u64 = 1;
  /** Other dice, other choices of the policies on the same workload; 0 = those of the seed. */
  dice: u64 = 0;
  proxies: i32 = 1;
  workersPerProxy: i32 = 1;
  /** One way, ms. */
  networkMs: f64 = 0;
  timeoutMs: f64 = 10000;
  /** Whether servers say their load on answers and probes. */
  serverLoad: bool = true;
  /** How often a proxy gets the fleet's view, ms; 0 = never. */
  fleetViewMs: f64 = 0;
  policy: i32 = 0;
  /** Requests that count, and those before them that do not. */
  requests: i32 = 0;
  warmup: i32 = 0;
}
export const settings = new MeshSettings();
