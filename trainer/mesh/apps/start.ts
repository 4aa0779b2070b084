// Starts the process of the applications.
import type { Scenario } from '../../environment/scenario.js';
import { compiledScript, forkChild } from './child-process.js';
import type { FromApps, ToApps } from './messages.js';

export interface Apps {
  readonly pid: number;
  /** Port of an endpoint by its name. */
  readonly ports: Readonly<Record<string, number>>;
  /** Tells endpoints where they reach the services they call. */
  setOutbound(addresses: Record<string, Record<string, string>>): void;
  /** The load begins: faults count from here. */
  start(): void;
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/** Resolves when every endpoint listens. `onPid` hears of the process before anything can go wrong. */
export async function startApps(scenario: Scenario, onPid: (pid: number) => void = () => {}): Promise<Apps> {
  let listening!: (ports: Record<string, number>) => void;
  const ports = new Promise<Record<string, number>>((resolve) => (listening = resolve));
  const script = compiledScript(import.meta.url, 'child.js');
  const child = forkChild<ToApps, FromApps>(script, (message) => listening(message.ports));
  onPid(child.pid);
  child.send({ type: 'configure', scenario });
  const failed = child.ended.then((reason) => {
    throw new Error(`applications did not start: ${reason}`);
  });
  const known = await Promise.race([ports, failed]);
  failed.catch(() => {});
  return {
    pid: child.pid,
    ports: known,
    setOutbound: (addresses) => child.send({ type: 'outbound', addresses }),
    start: () => child.send({ type: 'start' }),
    ended: child.ended,
    stop: () => child.stop(),
  };
}
