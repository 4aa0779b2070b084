// A scenario as a file has it: what equals its default may be left out.
import type { Fault, Scenario, Service, ServiceTime } from '../schema.js';

type Optional<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;

export type EndpointGroup = Optional<Service['endpoints'][number], 'count'>;
export type Call = Optional<Service['calls'][number], 'probability' | 'mode'>;
export type RequestClass = Service['classes'][number];

export interface ServiceFile {
  readonly name: string;
  readonly endpoints: readonly EndpointGroup[];
  readonly serviceTime: ServiceTime;
  readonly classes?: readonly RequestClass[];
  readonly queueLimit?: number;
  readonly calls?: readonly Call[];
}

export interface ScenarioFile {
  readonly name: string;
  readonly seed: number;
  readonly requests: number;
  readonly warmup: number;
  readonly proxies: number;
  readonly workersPerProxy: number;
  readonly networkMs: number;
  readonly timeoutMs?: number;
  readonly services: readonly ServiceFile[];
  readonly load: Scenario['load'];
  readonly faults?: readonly Fault[];
  readonly signals: Scenario['signals'];
}
