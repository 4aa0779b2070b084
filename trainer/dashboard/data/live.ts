// One stream of server-sent events for the whole page: samples, the graph, events. The browser comes back by itself.
import { signal } from '@preact/signals';
import type { GraphView } from '../../telemetry/graph/graph-view.js';
import type { HistoryView, LiveSample } from '../../telemetry/history/history-view.js';
import type { TrainerEvent } from '../../telemetry/event.js';
import { getJson } from './api.js';
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

const SECONDS = 300;
const MAX_EVENTS = 500;

export function startLive(): void {
  void refill();
  const source = new EventSource('v1/live?since=0');
  const on = <T>(name: string, take: (data: T) => void) =>
    source.addEventListener(name, ({ data }: MessageEvent<string>) => {
      heardAt.value = Date.now();
      take(JSON.parse(data) as T);
    });
  source.addEventListener('open', () => {
    // What was missed meanwhile.
    if (connection.value === 'lost') void refill();
    connection.value = 'live';
  });
  source.addEventListener('error', () => (connection.value = 'lost'));
  on<{ version: string }>('hello', (hello) => (version.value = hello.version));
  on<LiveSample>('sample', (sample) => (history.value = append(history.value, sample, SECONDS)));
  on<GraphView>('graph', (graph) => (liveGraph.value = graph));
  on<TrainerEvent>('event', (event) => {
    if (events.value.some(({ seq }) => seq === event.seq)) return;
    events.value = [event, ...events.value].slice(0, MAX_EVENTS);
  });
}

async function refill(): Promise<void> {
  try {
    history.value = await getJson<HistoryView>(`/v1/history?seconds=${SECONDS}`);
  } catch {
    // The stream goes on; what was before it stays unknown.
  }
}
