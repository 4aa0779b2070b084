// Starts the process of the load generator.
import { compiledScript, forkChild } from '../apps/child-process.js';
import type { FromLoad, LoadPlan, LoadReport, ToLoad } from './messages.js';

export interface Load {
  readonly pid: number;
  start(): void;
  /** No more arrivals; the last report follows when all is answered. */
  finish(): void;
  /** The last report: after `finish`, or when the plan is through. */
  readonly finished: Promise<LoadReport>;
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/** Resolves when the process is ready. `onReport` is called four times a second once the load started. */
export async function startLoad(
  plan: LoadPlan,
  onReport: (report: LoadReport) => void,
  onPid: (pid: number) => void = () => {},
): Promise<Load> {
  let ready!: () => void;
  let last!: (report: LoadReport) => void;
  const isReady = new Promise<void>((resolve) => (ready = resolve));
  const lastReport = new Promise<LoadReport>((resolve) => (last = resolve));
  const child = forkChild<ToLoad, FromLoad>(compiledScript(import.meta.url, 'child.js'), (message) => {
    if (message.type === 'ready') return ready();
    onReport(message.report);
    if (message.report.final) last(message.report);
  });
  onPid(child.pid);
  child.send({ type: 'configure', plan });
  const failed = child.ended.then((reason) => {
    throw new Error(`load generator ended: ${reason}`);
  });
  const finished = Promise.race([lastReport, failed]);
  // Who does not wait for the last report does not want to hear that there will be none.
  finished.catch(() => {});
  await Promise.race([isReady, failed]);
  return {
    pid: child.pid,
    start: () => child.send({ type: 'start' }),
    finish: () => child.send({ type: 'finish' }),
    finished,
    ended: child.ended,
    stop: () => child.stop(),
  };
}
