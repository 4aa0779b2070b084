// The answer to a report (docs/contracts.md): endpoint table and fleet view of the clusters that the proxy balances.
import { MAX_ANSWER_BYTES } from './limits.js';

export interface AnswerEndpoint {
  readonly address: string;
  readonly weight: number;
  readonly inFlight: number;
  readonly rps: number;
  readonly errorRate: number;
  /** Latency average over all proxies; absent while unknown. */
  readonly latencyMs?: number;
  /** Absent while no server has said it. */
  readonly cpu?: number;
  readonly memory?: number;
}

export interface AnswerCluster {
  readonly name: string;
  readonly ageMs: number;
  readonly endpoints: readonly AnswerEndpoint[];
}

/** JSON of a cluster of which the endpoints are JSON already. */
export function renderCluster(name: string, ageMs: number, endpoints: string): string {
  return `{"name":${JSON.stringify(name)},"ageMs":${ageMs},"endpoints":${endpoints}}`;
}

export interface Answer {
  readonly nextMs: number;
  /** Proxies that share the asker's busiest-shared cluster, itself included. */
  readonly proxies: number;
  readonly clusters: readonly AnswerCluster[];
}

/** JSON of at most `limit` bytes: clusters past it are left out whole, which costs them freshness and nothing else. */
export function renderAnswer(
  { nextMs, proxies }: Pick<Answer, 'nextMs' | 'proxies'>,
  clusters: Iterable<string>,
  limit = MAX_ANSWER_BYTES,
): string {
  let text = `{"nextMs":${nextMs},"proxies":${proxies},"clusters":[`;
  let size = text.length + 2;
  let separator = '';
  for (const cluster of clusters) {
    const bytes = Buffer.byteLength(cluster) + 1;
    if (size + bytes > limit) continue;
    size += bytes;
    text += separator + cluster;
    separator = ',';
  }
  return `${text}]}`;
}
