// What the page draws, as it happens: samples, events, and the graph, which is computed once for all and only while
// somebody listens.
import type { TrainerEvent } from '../telemetry/event.js';
import type { GraphWindow } from '../telemetry/graph/graph-view.js';
import { messageText, type Send, type Source } from './event-stream.js';
import { eventSource } from './events-route.js';
import type { EventsService, GraphService, HistoryService } from './services.js';

export interface LiveParts {
  readonly history: HistoryService;
  readonly events?: EventsService | undefined;
  readonly graph?: GraphService | undefined;
}

/** Samples from one graph to the next. */
const GRAPH_EVERY = 2;
const GRAPH_WINDOW: GraphWindow = '1m';

const textOf = (data: TrainerEvent) => messageText({ event: 'event', id: data.seq, data });

export class LiveFeed {
  readonly #listeners = new Set<Send>();
  #end: (() => void) | undefined;
  /** Since somebody listens. */
  #samples = 0;
  /** The last graph as a message; empty without one. */
  #graph = '';

  constructor(private readonly parts: LiveParts) {}

  /** @param seq the event that the listener saw last; absent = only new ones */
  source(seq: number | undefined): Source {
    return (send) => {
      const { events } = this.parts;
      if (this.#listeners.size === 0) this.#begin();
      this.#listeners.add(send);
      const end = events === undefined ? undefined : eventSource(events, textOf, seq)(send);
      if (this.#graph !== '') send(this.#graph);
      return () => {
        end?.();
        this.#listeners.delete(send);
        if (this.#listeners.size === 0) this.#end?.();
      };
    };
  }

  #begin(): void {
    this.#samples = 0;
    this.#draw();
    this.#end = this.parts.history.subscribe((data) => {
      this.#sendAll(messageText({ event: 'sample', data }));
      this.#samples += 1;
      if (this.#samples % GRAPH_EVERY !== 0) return;
      this.#draw();
      if (this.#graph !== '') this.#sendAll(this.#graph);
    });
  }

  #draw(): void {
    const { graph } = this.parts;
    if (graph !== undefined) this.#graph = messageText({ event: 'graph', data: graph.view(GRAPH_WINDOW) });
  }

  #sendAll(text: string): void {
    for (const send of this.#listeners) send(text);
  }
}
