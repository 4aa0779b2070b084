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

export interface Answer {
  readonly nextMs: number;
  /** Proxies that share the asker's busiest-shared cluster, itself included. */
  readonly proxies: number;
  readonly clusters: readonly AnswerCluster[];
}

/** JSON of at most `limit` bytes: clusters past it are left out whole, which costs them freshness and nothing else. */
export function renderAnswer(answer: Answer, limit = MAX_ANSWER_BYTES): string {
  const head = `{"nextMs":${answer.nextMs},"proxies":${answer.proxies},"clusters":[`;
  let size = head.length + 2;
  const parts: string[] = [];
  for (const cluster of answer.clusters) {
    const part = JSON.stringify(cluster);
    const bytes = Buffer.byteLength(part) + 1;
    if (size + bytes > limit) continue;
    size += bytes;
    parts.push(part);
  }
  return `${head}${parts.join(',')}]}`;
}
