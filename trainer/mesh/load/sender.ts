// Sends planned requests to the client sidecars.
import { Agent, request as httpRequest } from 'node:http';
import type { EntryJob } from '../../environment/workload.js';
import { JOB_ID, JOB_MS, SERVED_BY, USER_ID } from '../apps/headers.js';
import type { Outcome } from './tally.js';

/** Users that the load pretends to be of. */
const USERS = 100;

const FAILED: Outcome = { ok: false, servedBy: [] };

export interface Sender {
  readonly send: (request: EntryJob) => Promise<Outcome>;
  readonly close: () => void;
}

/**
 * @param proxies `ip:port` of the client sidecars' listeners
 * @param timeoutMs a request without an answer after this long has failed
 */
export function createSender(proxies: readonly string[], timeoutMs: number): Sender {
  const targets = proxies.map((proxy) => {
    const [host, port] = proxy.split(':');
    return { host, port };
  });
  // As many connections as requests in flight, or the loop would not be open. First in, first out: an Envoy worker
  // keeps the connections it accepted, and always taking the last one back would leave the other workers idle.
  const agent = new Agent({
    keepAlive: true,
    maxSockets: Infinity,
    maxFreeSockets: 4096,
    scheduling: 'fifo',
  });
  const send = ({ proxy, path, key, ms }: EntryJob) =>
    new Promise<Outcome>((resolve) => {
      const headers = { [JOB_ID]: key, [JOB_MS]: ms.toFixed(4), [USER_ID]: userOf(key) };
      const request = httpRequest({ ...targets[proxy], path, headers, agent }, (response) => {
        const servedBy = String(response.headers[SERVED_BY] ?? '')
          .split(', ')
          .filter((name) => name !== '');
        const ok = response.statusCode !== undefined && response.statusCode < 500;
        response.on('end', () => settle({ ok, servedBy }));
        response.on('error', () => settle(FAILED));
        response.on('close', () => settle(FAILED));
        response.resume();
      });
      const timer = setTimeout(() => request.destroy(new Error('timeout')), timeoutMs);
      const settle = (outcome: Outcome) => {
        clearTimeout(timer);
        resolve(outcome);
      };
      request.on('error', () => settle(FAILED));
      request.end();
    });
  return { send, close: () => agent.destroy() };
}

/** Follows from the job, as all of it does: `user-42`. */
const userOf = (key: string): string => `user-${Number.parseInt(key.slice(-8), 16) % USERS}`;
