// Load on the shop, and what the sidecars count of it.
import { eventually } from '../../../bench/cluster/eventually.js';
import type { Cluster } from '../node/cluster.js';
import { sum } from '../support/installed.js';
import type { Shell } from './shell.js';
import { load } from './substitutes.js';

export interface Summary {
  readonly answered: number;
  readonly errors: number;
}

/** The last line of the load job. */
export const summaryIn = (log: string): Summary => JSON.parse(/^\{"target".*\}$/m.exec(log)![0]) as Summary;

export interface Load {
  stop(): Promise<Summary>;
}

/** A job beside those of the README, until it is stopped. Gentle, so that what fails is no overload. */
export async function startLoad(shell: Shell): Promise<Load> {
  const job = (await shell.run(load({ RPS: 100, SECONDS: 600 }))).trim();
  const log = () => shell.run(`kubectl -n bookinfo logs ${job} -c load`);
  await eventually(async () => (await log()).includes('\n3 s'), { timeoutMs: 60_000, pollMs: 500 });
  return {
    async stop() {
      const seconds = [...(await log()).matchAll(/ (\d+) answers .* (\d+) errors$/gm)];
      const add = (at: number) => seconds.reduce((total, second) => total + Number(second[at]), 0);
      await shell.run(`kubectl -n bookinfo delete --wait=false ${job}`);
      return { answered: add(1), errors: add(2) };
    },
  };
}

const SERVED = '^http\\.inbound_0\\.0\\.0\\.0_9080;\\.downstream_rq_total$';
const CALLED = '^cluster\\.outbound\\|9080\\|\\|(reviews|details)\\..*\\.upstream_rq_total$';
const STEERED = '^wasmcustom\\.weir\\.steered$';

async function total(cluster: Cluster, pods: string, pattern: string): Promise<number> {
  const sums = await Promise.all(cluster.pods(`bookinfo/${pods}`).map(({ proxy }) => sum(proxy!, pattern)));
  return sums.reduce((a, b) => a + b, 0);
}

/** Requests that the slowest version of reviews gets for each of the fastest meanwhile. */
export async function slowForFast(cluster: Cluster, meanwhile: () => Promise<unknown>): Promise<number> {
  const served = () =>
    Promise.all(['reviews-v3', 'reviews-v1'].map((version) => total(cluster, version, SERVED)));
  const before = await served();
  await meanwhile();
  const [slow, fast] = (await served()).map((count, i) => count - before[i]!);
  return slow! / fast!;
}

/** Of the calls that productpage makes from now on: long enough that the filter has told its counts, once a second. */
export async function steeredShare(cluster: Cluster): Promise<number> {
  const counts = () =>
    Promise.all([CALLED, STEERED].map((pattern) => total(cluster, 'productpage', pattern)));
  const [called, steered] = await counts();
  const [later, thenSteered] = await eventually(
    async () => {
      const now = await counts();
      return now[0]! > called! + 600 ? now : undefined;
    },
    { timeoutMs: 20_000, pollMs: 200 },
  );
  return (thenSteered! - steered!) / (later! - called!);
}
