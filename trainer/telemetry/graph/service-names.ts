// One name for a service, by whichever side it is told: its own spans, or its callers' clusters.

const ISTIO_CLUSTER = /^(?:outbound|inbound)\|\d*\|[^|]*\|(.*)$/;
const MAX_ALIASES = 1000;

export class ServiceNames {
  readonly #own = new Map<string, string>();

  /** The service behind a cluster said its own name. */
  learn(peer: string, service: string): void {
    if (this.#own.get(peer) === service) return;
    if (!this.#own.has(peer) && this.#own.size >= MAX_ALIASES) return;
    this.#own.set(peer, service);
  }

  of(peer: string): string {
    return this.#own.get(peer) ?? hostOf(peer);
  }
}

/**
 * Istio's `outbound|8080||api.default.svc.cluster.local` names the service `api.default`, as Istio's own tracing does
 * (`service.name` = workload and namespace).
 */
function hostOf(peer: string): string {
  const host = ISTIO_CLUSTER.exec(peer)?.[1] ?? peer;
  return host.replace(/\.svc(\..*)?$/, '') || peer;
}
