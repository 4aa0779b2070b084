// Recent decision records of the sidecars, a bounded sample by cluster and model: what a candidate is tried on before it
// gets traffic, and what a learner can fine-tune on.
import { isModelId } from '../actor/model-id.js';
import type { LoggedDecision } from '../learning/logged.js';
import { SIGNAL_TTL_MS } from '../telemetry/limits.js';
import type { Report, ReportedCluster, ReportedEndpoint } from '../telemetry/report.js';

export interface LiveRecord extends LoggedDecision {
  /** Id of the model that decided. */
  readonly model: string;
}

export interface LiveRecordOptions {
  /** Records kept of a cluster and model, in each of two windows. */
  readonly records: number;
  /** Length of a window: records are at most two of them old. */
  readonly windowMs: number;
  /** Pairs of cluster and model; the ones not heard of for longest go. */
  readonly pairs: number;
}

/** At most 64 pairs x 2 x 2048 records; with 16 endpoints a record takes about 700 bytes, all of them 180 MB. */
export const LIVE_RECORD_DEFAULTS: LiveRecordOptions = { records: 2048, windowMs: 60_000, pairs: 64 };

interface Reservoir {
  seen: number;
  readonly records: LiveRecord[];
}

interface Pair {
  now: Reservoir;
  before: Reservoir;
  since: number;
}

type Sample = Report['samples'][number];

export class LiveRecords {
  /** By cluster and model. Re-inserted on every use: the first is the one not heard of for longest. */
  readonly #pairs = new Map<string, Pair>();
  #invalid = 0;

  /** @param random uniform in 0..1 */
  constructor(
    private readonly random: () => number,
    private readonly options: LiveRecordOptions = LIVE_RECORD_DEFAULTS,
  ) {}

  /** Records whose numbers no filter writes; they are dropped. */
  get invalid(): number {
    return this.#invalid;
  }

  add(report: Report, now: number): void {
    for (const sample of report.samples) {
      if (isValid(sample)) this.#add(sample, report, now);
      else this.#invalid += 1;
    }
  }

  /** Of a model, over all clusters. */
  of(model: string, now: number): LiveRecord[] {
    return [...this.#pairs].flatMap(([key, pair]) => {
      if (!key.startsWith(model)) return [];
      this.#turn(pair, now);
      return [...pair.before.records, ...pair.now.records];
    });
  }

  /** Algorithm R (Vitter 1985): every record of the window has the same chance to be kept. */
  #add(sample: Sample, report: Report, now: number): void {
    const pair = this.#pair(`${sample.model}${sample.cluster}`, now);
    this.#turn(pair, now);
    const { records } = pair.now;
    const place =
      records.length < this.options.records
        ? records.length
        : Math.floor(this.random() * (pair.now.seen + 1));
    pair.now.seen += 1;
    if (place >= this.options.records) return;
    const cluster = report.clusters.find(({ name }) => name === sample.cluster);
    records[place] = recordOf(sample, cluster);
  }

  #pair(key: string, now: number): Pair {
    const pair = this.#pairs.get(key) ?? { now: empty(), before: empty(), since: now };
    this.#pairs.delete(key);
    this.#pairs.set(key, pair);
    const [oldest] = this.#pairs.keys();
    if (this.#pairs.size > this.options.pairs) this.#pairs.delete(oldest!);
    return pair;
  }

  #turn(pair: Pair, now: number): void {
    const windows = Math.floor((now - pair.since) / this.options.windowMs);
    if (windows <= 0) return;
    pair.before = windows === 1 ? pair.now : empty();
    pair.now = empty();
    pair.since += windows * this.options.windowMs;
  }
}

const empty = (): Reservoir => ({ seen: 0, records: [] });

/** Beyond the schema of reports, which has checked the lengths. A probability of 0 cannot have been drawn. */
const isValid = ({ model, probability, latencyMs }: Sample): boolean =>
  isModelId(model) && probability > 0 && latencyMs > 0;

function recordOf(sample: Sample, reported: ReportedCluster | undefined): LiveRecord {
  const { cluster, model, endpoints, action, probability, latencyMs, error } = sample;
  const [features, context] = [int8(sample.features), int8(sample.context)];
  // A sample has a row for each endpoint in the order in which the report lists them.
  const rows = reported?.endpoints.length === endpoints ? reported.endpoints : [];
  return {
    ...{ cluster, model, endpoints, features, context, action, probability, latencyMs, error },
    cpuAbove: above(rows, action, 'cpu'),
    memoryAbove: above(rows, action, 'memory'),
  };
}

/** As when the report came; what a server says counts first. */
function above(rows: readonly ReportedEndpoint[], action: number, key: 'cpu' | 'memory'): number {
  const used = rows.map(({ server, pod }) => {
    const said = server !== undefined && server.ageMs <= SIGNAL_TTL_MS ? server[key] : undefined;
    return said ?? pod?.[key] ?? undefined;
  });
  const known = used.filter((value) => value !== undefined);
  const own = used[action];
  return own === undefined ? 0 : own - known.reduce((sum, value) => sum + value, 0) / known.length;
}

const int8 = (base64: string): Int8Array =>
  Int8Array.from(Buffer.from(base64, 'base64'), (byte) => (byte << 24) >> 24);
