// What the routes ask of the rest of the trainer. Every service is optional: without one, its routes answer 404 and say why.
import type { Model } from '../actor/model.js';
import type { TrainingView } from '../learning/training-view.js';
import type { TargetState } from '../publish/target.js';
import type { EventSink, TrainerEvent } from '../telemetry/event.js';
import type {
  GraphView,
  GraphWindow,
  ServiceView,
  TraceQuery,
  TraceSummary,
  TraceView,
} from '../telemetry/graph/graph-view.js';
import type { HistoryView, LiveSample } from '../telemetry/history/history-view.js';
import type { PodSource } from '../telemetry/pods/pod-source.js';
import type { SpanReader } from '../telemetry/traces/read-spans.js';
import type { Span } from '../telemetry/traces/span.js';

/** A wish that cannot be met as things stand; the message is for the client. */
export class Refused extends Error {
  override readonly name = 'Refused';

  /** `unknown`: no such model; `conflict`: not as things stand now; `invalid`: never, with this input */
  constructor(
    readonly reason: 'unknown' | 'conflict' | 'invalid',
    message: string,
  ) {
    super(message);
  }
}

/** Who wants something and why, for the record. */
export interface Reason {
  readonly by: string;
  readonly reason: string;
}

export interface ModelEntry {
  readonly id: string;
  /** In one word: `current`, `candidate`, `previous`, `retired`, .. */
  readonly status: string;
  readonly pinned: boolean;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** What else the registry keeps of it. */
  readonly [key: string]: unknown;
}

export interface Publication {
  readonly model: Model;
  /** The model file as it came. */
  readonly bytes: Uint8Array;
  /** Model card. */
  readonly card?: Readonly<Record<string, unknown>>;
  /** Past the gate and the shadow, never past the canary. */
  readonly force: boolean;
  readonly by: string;
}

export interface ModelsService {
  list(): Promise<readonly ModelEntry[]>;
  /** Undefined where the id is unknown. */
  get(id: string): Promise<{ record: ModelEntry; card: Readonly<Record<string, unknown>> } | undefined>;
  file(id: string): Promise<Uint8Array | undefined>;
  /** Takes the model in and begins its rollout. @throws {Refused} */
  publish(publication: Publication): Promise<ModelEntry>;
  /** Ends the canary of a model early, in its favour. @throws {Refused} where it is in none, or is worse */
  promote(id: string, why: Reason): Promise<ModelEntry>;
  /** Takes the candidate out of traffic; without one, back to the model before. @throws {Refused} */
  rollback(why: Reason): Promise<ModelEntry>;
  /** A pinned model is not deleted. @throws {Refused} */
  pin(id: string, pinned: boolean): Promise<ModelEntry>;
}

export interface RolloutView {
  /** `idle`, `gate`, `shadow`, `canary`, .. */
  readonly stage: string;
  /** Of the requests that the candidate serves, 0..1. */
  readonly share: number;
  /** The numbers that the next step depends on. */
  readonly [key: string]: unknown;
}

export interface RolloutService {
  view(): RolloutView;
  /** Ends the rollout under way; the current model stays. @throws {Refused} when none is */
  abort(why: Reason): Promise<RolloutView>;
}

export interface LeadService {
  /** Whether this trainer leads, or waits for the lead. */
  isLeading(): boolean;
  /** What it publishes to while it leads. */
  targets(): readonly TargetState[];
}

export interface TwinView {
  /** Each with its calibrated scenario, what it predicts, and how far off it was. */
  readonly clusters: readonly Readonly<Record<string, unknown>>[];
  /** Clusters without a fresh twin, and why. */
  readonly skipped: readonly { readonly cluster: string; readonly why: string }[];
}

export interface TwinService {
  view(): TwinView;
  /** Measured over predicted less one, by cluster and figure. */
  errors(): Readonly<Record<string, number>>;
}

export interface EventsService extends EventSink {
  /** Those after `seq`, the oldest first, as far as they are still kept in memory. */
  since(seq: number): readonly TrainerEvent[];
  /** @returns what ends the subscription */
  subscribe(listener: (event: TrainerEvent) => void): () => void;
}

/** What became of spans that were to be passed on. */
export interface ForwardCounts {
  readonly sent: number;
  readonly dropped: number;
}

export interface TracesService {
  /** Makes spans of what `POST /v1/traces` brings, without what is private. */
  readonly reader: SpanReader;
  /** Absent where spans are not passed on. */
  readonly forwarded?: () => ForwardCounts;
  /** Never throws and never waits. */
  take(spans: readonly Span[], now: number): void;
  find(query: TraceQuery): readonly TraceSummary[];
  /** Undefined where none with this id is kept. */
  get(traceId: string): TraceView | undefined;
}

/** What became of spans since the start. */
export interface GraphCounts {
  /** Spans whose trace is not whole yet, and those of kept traces. */
  readonly openSpans: number;
  readonly keptSpans: number;
  readonly traces: number;
  /** For want of room: spans, and calls of services beyond the bounds. */
  readonly droppedSpans: number;
  readonly refusedCalls: number;
}

export interface GraphService {
  counts(): GraphCounts;
  view(window: GraphWindow): GraphView;
  /** Undefined where no call of it was seen in the window. */
  service(name: string, window: GraphWindow): ServiceView | undefined;
}

export interface HistoryService {
  /** The last `seconds`. */
  view(seconds: number): HistoryView;
  /** Told each new sample. @returns what ends the subscription */
  subscribe(listener: (sample: LiveSample) => void): () => void;
}

export interface TrainingService {
  view(): TrainingView;
}

export interface Services {
  readonly models?: ModelsService;
  readonly rollout?: RolloutService;
  readonly lead?: LeadService;
  readonly twin?: TwinService;
  readonly events?: EventsService;
  readonly traces?: TracesService;
  readonly graph?: GraphService;
  readonly history?: HistoryService;
  readonly training?: TrainingService;
  /** Cpu and memory where servers do not say them. */
  readonly pods?: PodSource;
}
