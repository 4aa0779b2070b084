// The trainer as a service: the HTTP interface and the view of the fleet always, the rest while it leads.
import { mkdirSync } from 'node:fs';
import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import { TrainingLog } from '../learning/training-log.js';
import { LiveRecords } from '../rollout/live-records.js';
import { lead } from '../rollout/leader/lead.js';
import { LeadershipLost, type Leadership, type Term } from '../rollout/leader/leadership.js';
import { startServer, type TrainerServer } from '../server/server.js';
import { Refused } from '../server/services.js';
import type { EndpointSource } from '../telemetry/endpoint-source.js';
import type { EventSink } from '../telemetry/event.js';
import type { PodSource } from '../telemetry/pods/pod-source.js';
import { calibrateInThreads } from '../telemetry/twin/threads.js';
import { Twin } from '../telemetry/twin/twin.js';
import { Events } from './events.js';
import { Leading, type LeadingParts } from './leading.js';
import { startObserving } from './observing.js';
import { modelsService, rolloutService, trainingService, twinService } from './model-services.js';

const TICK_MS = 1000;
const LOOPBACK: readonly string[] = ['127.0.0.1', 'localhost', '[::1]', '::1'];
/** A twin's simulations take turns with the fine-tuning: one thread. */
const TWIN_THREADS = 1;

type Around = Pick<LeadingParts, 'now' | 'wallNow'> & { readonly events: EventSink };

export interface TrainerServiceOptions extends Omit<
  LeadingParts,
  'fleet' | 'twin' | 'records' | 'events' | 'training'
> {
  readonly host: string;
  readonly port: number;
  /** Asked once the data folder is there. */
  readonly token: () => { readonly value: string; readonly source: string };
  readonly log: Logger;
  /** Begins to stand for the lead; absent = that of the data folder. */
  readonly createLeadership?: (events: EventSink) => Leadership;
  /** Of a configured table; absent = what reports have seen. */
  readonly endpoints?: (events: EventSink) => Promise<EndpointSource>;
  /** Of the cpu and memory of pods. */
  readonly pods?: (around: Around) => PodSource | undefined;
}

export interface TrainerService {
  readonly server: TrainerServer;
  readonly isLeading: boolean;
  /** Rejects, with why, where it can lead no more: without its state it is of no use. */
  readonly failed: Promise<never>;
  /** Ends everything in good order: requests under way, the rollout's state, the lead. */
  close(): Promise<void>;
}

/** @throws {Error} where the port is taken or the data folder cannot be made */
export async function startTrainer(options: TrainerServiceOptions): Promise<TrainerService> {
  const { dataDir, host, port, log, now, wallNow } = options;
  mkdirSync(dataDir, { recursive: true });
  const token = options.token();
  log.info({ source: token.source }, 'bearer token of changes');
  const stopping = new AbortController();
  const events = new Events(log);
  const records = new LiveRecords(() => randomInt(2 ** 32) / 2 ** 32);
  const training = new TrainingLog();
  const twin = new Twin({ calibrate: calibrateInThreads(TWIN_THREADS, stopping.signal) });
  let leading: Leading | undefined;
  const services = {
    now,
    wallNow,
    lead: () => {
      if (leading) return leading;
      throw new Refused('conflict', 'this trainer waits for the lead: ask the one that leads');
    },
  };
  // First: what is wrong with its file is said before a port is taken.
  const source = await options.endpoints?.(events);
  const pods = options.pods?.({ events, now, wallNow });
  const observing = startObserving({ traces: options.options.traces, events, log, now, wallNow });
  const server = await startServer({
    ...{ host, port, token: token.value, log, now, wallNow },
    // A web page that rebinds its name to this address has another one in its requests.
    ...(LOOPBACK.includes(host) ? { hosts: LOOPBACK } : {}),
    services: {
      models: modelsService(services),
      rollout: rolloutService(services),
      lead: { isLeading: () => leading !== undefined, targets: () => leading?.targets ?? [] },
      twin: twinService(twin, now),
      training: trainingService(training, options.options.learning.enabled),
      events,
      ...(pods && { pods }),
      ...observing.services,
    },
    onReport: [
      (report, at) => twin.observe(report, at),
      (report, at) => records.add(report, at),
      (report, at) => leading?.onReport(report, at),
    ],
  }).catch(async (error: unknown) => {
    await observing.close();
    pods?.close();
    await source?.close();
    throw error;
  });
  const configure = () => server.fleet.configure(source?.endpoints ?? {});
  configure();
  source?.onChange(configure);
  const leadership = options.createLeadership?.(events) ?? lead(dataDir, { now, events });
  const timer = setInterval(() => void leading?.tick(now()), TICK_MS);

  const serveTerm = async (term: Term): Promise<void> => {
    const lost = new Promise<void>((resolve) => {
      const done = leadership.onLost(() => {
        done();
        resolve();
      });
      stopping.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const opened = await Leading.open(term, {
      ...options,
      fleet: server.fleet,
      twin,
      records,
      events,
      training,
    });
    leading = opened;
    await lost;
    leading = undefined;
    await opened.close();
  };
  const terms = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await serveTerm(await leadership.whenLeading);
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (!(error instanceof LeadershipLost)) throw error;
      }
    }
  })();
  const failed = new Promise<never>((_, reject) => void terms.catch(reject));
  failed.catch(() => undefined);

  return {
    server,
    failed,
    get isLeading() {
      return leading !== undefined;
    },
    async close() {
      clearInterval(timer);
      pods?.close();
      await source?.close();
      stopping.abort();
      await server.close();
      await observing.close();
      // One that leads ends its term in good order first; one that waits stops waiting.
      if (leading === undefined) await leadership.release();
      await terms.catch(() => undefined);
      await leadership.release();
    },
  };
}
