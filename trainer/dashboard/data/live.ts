// One stream of server-sent events for the whole page: samples, the graph, events. It comes back by itself.
import { signal } from '@preact/signals';
import type { GraphView } from '../../telemetry/graph/graph-view.js';
import type { HistoryView, LiveSample } from '../../telemetry/history/history-view.js';
import type { TrainerEvent } from '../../telemetry/event.js';
import { getJson } from './api.js';
import { withEvent } from './events.js';
import { append, emptyHistory } from './history.js';

export type Connection = 'connecting' | 'live' | 'lost';

export const connection = signal<Connection>('connecting');
/** Unix time in ms of the last message. */
export const heardAt = signal(Date.now());
export const version = signal('');
export const history = signal<HistoryView>(emptyHistory);
export const liveGraph = signal<GraphView | undefined>(undefined);
/** The latest first. */
export const events = signal<readonly TrainerEvent[]>([]);

/** Whether the samples from before the page was opened have come, or cannot. */
export const isFilled = signal(false);

const SECONDS = 300;
const MAX_EVENTS = 500;
/** A sample comes each second: after such a silence nobody is there, as after the sleep of a laptop. */
const SILENT_MS = 15_000;
const AGAIN_MS = 3000;
const WATCH_MS = 5000;

export function startLive(): void {
  void refill();
  let openedAt = 0;
  let source = open();
  setInterval(() => {
    const silentMs = Date.now() - Math.max(heardAt.value, openedAt);
    if (silentMs < SILENT_MS || source.readyState === EventSource.CLOSED) return;
    source.close();
    connection.value = 'lost';
    source = open();
  }, WATCH_MS);

  function open(): EventSource {
    openedAt = Date.now();
    return connect(() => setTimeout(() => (source = open()), AGAIN_MS));
  }
}

/** @param onRefused told where an answer was no stream (503, a proxy's 502), which the browser does not try again */
function connect(onRefused: () => void): EventSource {
  const source = new EventSource('v1/live?since=0');
  const on = <T>(name: string, take: (data: T) => void) =>
    source.addEventListener(name, ({ data }: MessageEvent<string>) => {
      heardAt.value = Date.now();
      take(JSON.parse(data) as T);
    });
  source.addEventListener('open', () => {
    heardAt.value = Date.now();
    // What was missed meanwhile.
    if (connection.value === 'lost') void refill();
    connection.value = 'live';
  });
  source.addEventListener('error', () => {
    connection.value = 'lost';
    if (source.readyState === EventSource.CLOSED) onRefused();
  });
  on<{ version: string }>('hello', (hello) => (version.value = hello.version));
  on<LiveSample>('sample', (sample) => (history.value = append(history.value, sample, SECONDS)));
  on<GraphView>('graph', (graph) => (liveGraph.value = graph));
  on<TrainerEvent>('event', (event) => (events.value = withEvent(events.value, event, MAX_EVENTS)));
  return source;
}

async function refill(): Promise<void> {
  try {
    history.value = await getJson<HistoryView>(`/v1/history?seconds=${SECONDS}`);
  } catch {
    // The stream goes on; what was before it stays unknown.
  }
  isFilled.value = true;
}
