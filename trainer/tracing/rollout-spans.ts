// A rollout as one trace: a span over all of it, and one for each stage. Read off the events that it tells of anyway, on
// their way to whoever else hears them.
import { SpanStatusCode, context, trace, type Attributes, type Context, type Span } from '@opentelemetry/api';
import type { EventSink } from '../telemetry/event.js';
import { tracer } from './in-span.js';

type Data = Readonly<Record<string, unknown>>;

export class RolloutSpans implements EventSink {
  #rollout: Span | undefined;
  #stage: Span | undefined;

  constructor(private readonly events: EventSink) {}

  emit(kind: string, message: string, data: Data = {}): void {
    this.#follow(kind, message, data);
    this.events.emit(kind, message, data);
  }

  /** For what is done on behalf of the rollout: its span, unless something else asked for it. */
  context(): Context {
    const active = context.active();
    if (this.#rollout === undefined || trace.getSpan(active) !== undefined) return active;
    return trace.setSpan(active, this.#rollout);
  }

  /** A rollout under way is gone on with by the next leader, in a trace of its own. */
  close(): void {
    this.#end('unfinished');
  }

  #follow(kind: string, message: string, data: Data): void {
    switch (kind) {
      case 'rollout.proposed':
        this.#begin(data);
        return this.#enter('gate', {});
      case 'rollout.resumed':
        this.#begin(data);
        // That of a canary tells its share first.
        if (data['phase'] !== 'canary') this.#enter(String(data['phase']), {});
        return;
      case 'rollout.gate-passed':
        return this.#enter('shadow', {});
      case 'rollout.canary':
        // One that was forced comes with no proposal.
        if (this.#rollout === undefined) this.#begin(data);
        return this.#enter('canary', { 'weir.share': Number(data['share']) });
      case 'rollout.promoted':
      case 'rollout.aborted':
        return this.#end(kind, message);
      case 'rollout.rejected':
        // A gate that could not judge gives no reasons.
        return this.#end(kind, message, data['reasons'] === undefined);
      case 'rollout.rolled-back':
        return this.#end(kind, message, true);
      default:
        this.#stage?.addEvent(kind, { message });
    }
  }

  #begin({ candidate, by }: Data): void {
    this.close();
    // A trace of its own, linked with what it came from: it takes minutes, and a request that began it does not wait.
    const cause = trace.getSpanContext(context.active());
    this.#rollout = tracer().startSpan('rollout', {
      root: true,
      links: cause === undefined ? [] : [{ context: cause }],
      attributes: {
        'weir.candidate': String(candidate),
        ...(typeof by === 'string' ? { 'weir.by': by } : {}),
      },
    });
  }

  #enter(stage: string, attributes: Attributes): void {
    this.#stage?.end();
    if (this.#rollout === undefined) return;
    const within = trace.setSpan(context.active(), this.#rollout);
    this.#stage = tracer().startSpan(`rollout.${stage}`, { attributes }, within);
  }

  #end(outcome: string, message?: string, isFailure = false): void {
    for (const span of [this.#stage, this.#rollout]) {
      span?.setAttribute('weir.outcome', outcome.replace('rollout.', ''));
      if (isFailure) span?.setStatus({ code: SpanStatusCode.ERROR, ...(message && { message }) });
      else if (message !== undefined) span?.addEvent(outcome, { message });
      span?.end();
    }
    this.#stage = this.#rollout = undefined;
  }
}
