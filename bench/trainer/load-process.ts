// Simulated sidecars: reports over keep-alive connections, as fast as they are answered or at a steady rate.
import { followParent } from '../../trainer/mesh/apps/child-process.js';
import { Pool } from 'undici';
import { bodyOf, template, type Shape } from './reports.js';
import { garbage } from './garbage.js';

export interface LoadPlan {
  readonly port: number;
  /** Reports to send. */
  readonly count: number;
  readonly connections: number;
  readonly proxies: number;
  readonly shape: Shape;
  /** Reports a second; absent: as fast as they are answered. */
  readonly rate?: number;
  /** All but one in a hundred are garbage. */
  readonly garbage?: boolean;
  /** First number of the reports: greater than that of earlier loads on the same trainer. */
  readonly seq: number;
}

export interface LoadResult {
  readonly seconds: number;
  readonly statuses: Readonly<Record<number, number>>;
  /** From the time a report was due to its whole answer. */
  readonly latenciesMs: readonly number[];
}

followParent();
process.once('message', (plan: LoadPlan) => {
  void run(plan).then((result) => process.send!(result, () => process.disconnect()));
});

async function run(plan: LoadPlan): Promise<LoadResult> {
  const pool = new Pool(`http://127.0.0.1:${plan.port}`, { connections: plan.connections, pipelining: 1 });
  const templates = Array.from({ length: plan.proxies }, (_, i) => template(`sidecar-${i}`, i, plan.shape));
  const statuses: Record<number, number> = {};
  const latenciesMs: number[] = [];
  let sent = 0;
  const begun = performance.now();
  const post = async (due: number): Promise<void> => {
    const number = sent++;
    const good = bodyOf(templates[number % plan.proxies]!, plan.seq + number);
    const body = plan.garbage === true && number % 100 !== 0 ? garbage(number, good) : good;
    const headers = { 'content-type': 'application/json' };
    const response = await pool.request({ path: '/v1/reports', method: 'POST', headers, body });
    await response.body.dump();
    statuses[response.statusCode] = (statuses[response.statusCode] ?? 0) + 1;
    latenciesMs.push(performance.now() - due);
  };
  if (plan.rate === undefined) {
    const one = async () => {
      while (sent < plan.count) await post(performance.now());
    };
    await Promise.all(Array.from({ length: plan.connections }, one));
  } else await paced(plan.rate, plan.count, post);
  const seconds = (performance.now() - begun) / 1000;
  await pool.close();
  return { seconds, statuses, latenciesMs };
}

/** Open loop: a slow answer does not keep the next report from being due (coordinated omission). */
async function paced(rate: number, count: number, post: (due: number) => Promise<void>): Promise<void> {
  const under: Promise<void>[] = [];
  const begun = performance.now();
  for (let i = 0; i < count; i++) {
    const due = begun + (i * 1000) / rate;
    while (performance.now() < due) await new Promise((resolve) => setTimeout(resolve, 1));
    under.push(post(due));
  }
  await Promise.all(under);
}
