// Counters, gauges and histograms of the plugin, shared by the VMs of one process: the same name, the same metric.
import { MetricType, Status } from './abi.js';

/** A histogram keeps its latest values only, so that a long run does not grow. */
const RECENT_VALUES = 1024;

export class Metric {
  private bits = 0n;
  private total = 0;
  readonly recent: number[] = [];

  constructor(
    readonly type: number,
    readonly name: string,
  ) {}

  /** Counter and gauge: the value; histogram: how many were recorded. */
  get value(): number {
    return Number(this.bits);
  }

  get raw(): bigint {
    return this.bits;
  }

  /** Sum of what a histogram recorded. */
  get sum(): number {
    return this.total;
  }

  increment(offset: bigint): number {
    if (this.type === MetricType.HISTOGRAM) return Status.BAD_ARGUMENT;
    // A counter only grows: Envoy refuses an increment of zero as well.
    if (this.type === MetricType.COUNTER && offset <= 0n) return Status.BAD_ARGUMENT;
    this.bits = BigInt.asUintN(64, this.bits + offset);
    return Status.OK;
  }

  /** Sets a gauge, adds to a counter, records in a histogram. */
  record(value: bigint): number {
    const unsigned = BigInt.asUintN(64, value);
    if (this.type === MetricType.GAUGE) this.bits = unsigned;
    else if (this.type === MetricType.COUNTER) this.bits = BigInt.asUintN(64, this.bits + unsigned);
    else this.observe(Number(unsigned));
    return Status.OK;
  }

  private observe(value: number): void {
    this.bits += 1n;
    this.total += value;
    this.recent.push(value);
    if (this.recent.length > RECENT_VALUES) this.recent.shift();
  }
}

export class Metrics {
  private readonly metrics = new Map<string, Metric>();

  define(type: number, name: string): Metric {
    const key = `${type} ${name}`;
    const metric = this.metrics.get(key) ?? new Metric(type, name);
    this.metrics.set(key, metric);
    return metric;
  }

  /** Value of a counter or gauge; undefined while no VM has defined it. */
  get(name: string): number | undefined {
    return (this.find(MetricType.COUNTER, name) ?? this.find(MetricType.GAUGE, name))?.value;
  }

  histogram(name: string): Metric | undefined {
    return this.find(MetricType.HISTOGRAM, name);
  }

  /** Counters and gauges by name. */
  values(): Map<string, number> {
    const plain = [...this.metrics.values()].filter(({ type }) => type !== MetricType.HISTOGRAM);
    return new Map(plain.map(({ name, value }) => [name, value]));
  }

  private find(type: number, name: string): Metric | undefined {
    return this.metrics.get(`${type} ${name}`);
  }
}
