// Where a listener sends its requests: which endpoint, and which next when the connection fails.
import type { Agent, IncomingMessage } from 'node:http';
import type { HeaderMap } from '../vm/header-map.js';
import type { ActiveRequests, Balancer } from './balancer.js';
import { outgoingHeaders } from './messages.js';
import type { Stats } from './stats.js';
import type { Direction, StreamInfo } from './stream-info.js';
import { attempt, type AttemptResult } from './upstream.js';

/** Attempts after the first, on connect failures only. */
const MAX_RETRIES = 3;

/** Written by the client role, read and removed here as Envoy's override_host and header_mutation do. */
export const ENDPOINT_HEADER = 'x-weir-endpoint';

export interface RouteOptions {
  readonly cluster: string;
  readonly direction: Direction;
  readonly endpoints: readonly string[];
  readonly balancer: Balancer;
  /** Whether the filter's choice counts. */
  readonly overrideHost: boolean;
  readonly active: ActiveRequests;
  readonly agent: Agent;
  readonly stats: Stats;
  readonly random: () => number;
}

export class Route {
  constructor(readonly options: RouteOptions) {}

  /** Sends the request; undefined when the cluster has no endpoint. */
  async send(
    headers: HeaderMap,
    body: IncomingMessage | undefined,
    source: string,
    info: StreamInfo,
    signal: AbortSignal,
  ): Promise<AttemptResult | undefined> {
    const { agent, endpoints } = this.options;
    const candidates = this.candidates(headers, source);
    headers.remove(ENDPOINT_HEADER);
    if (endpoints.length === 0) return undefined;
    const upstream = {
      method: headers.get(':method') ?? 'GET',
      path: headers.get(':path') ?? '/',
      headers: outgoingHeaders(headers, body?.headers['transfer-encoding'] !== undefined),
      ...(body && { body }),
    };
    for (let retries = 0; ; retries++) {
      const endpoint = candidates();
      info.upstream = endpoint;
      this.begin(endpoint);
      const result = await attempt(agent, endpoint, upstream, signal);
      if ('response' in result) {
        result.response.once('close', () => this.end(endpoint));
        return result;
      }
      this.end(endpoint);
      this.count(result.failure === 'connect' ? 'upstream_cx_connect_fail' : `upstream_rq_${result.failure}`);
      if (result.failure !== 'connect' || retries === MAX_RETRIES || signal.aborted) return result;
      this.count('upstream_rq_retry');
    }
  }

  count(name: string): void {
    this.options.stats.add(`cluster.${this.options.cluster}.${name}`);
  }

  /** Endpoints in the order of the attempts: what the filter listed, then the balancer's among the untried. */
  private candidates(headers: HeaderMap, source: string): () => string {
    const { endpoints, balancer, overrideHost, active, random } = this.options;
    const wanted = (overrideHost && headers.get(ENDPOINT_HEADER)) || '';
    const listed = wanted.split(',').map((entry) => entry.trim());
    const ranked = listed.filter((endpoint) => endpoints.includes(endpoint));
    const tried = new Set<string>();
    return () => {
      const untried = endpoints.filter((endpoint) => !tried.has(endpoint));
      const choice = { endpoints: untried.length > 0 ? untried : endpoints, source, active, random };
      const endpoint = ranked.shift() ?? balancer(choice);
      tried.add(endpoint);
      return endpoint;
    };
  }

  private begin(endpoint: string): void {
    this.options.active.change(endpoint, 1);
    this.count('upstream_rq_total');
    this.options.stats.add(`cluster.${this.options.cluster}.upstream_rq_active`, 1);
  }

  private end(endpoint: string): void {
    this.options.active.change(endpoint, -1);
    this.options.stats.add(`cluster.${this.options.cluster}.upstream_rq_active`, -1);
  }
}
