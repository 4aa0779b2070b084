// Which cluster of the reports is which service of the traces.

/** `outbound|8080||api.default.svc.cluster.local` is `api.default`; a plain name is itself. */
export function serviceOf(cluster: string): string {
  const host = cluster.split('|').at(-1) ?? cluster;
  return host.replace(/\.svc(\..*)?$/, '');
}

/** Whom those call that nobody calls: where requests come in. The busiest of them. */
export function entryOf(edges: readonly { from: string; to: string; rps: number }[]): string | undefined {
  const called = new Set(edges.map(({ to }) => to));
  const entries = edges.filter(({ from }) => !called.has(from)).sort((a, b) => b.rps - a.rps);
  return entries[0]?.to;
}

/** A service goes by its name, or by its name and namespace. */
export function isOf(cluster: string, service: string): boolean {
  const name = serviceOf(cluster);
  return name === service || name.split('.', 1)[0] === service || name === service.split('.', 1)[0];
}
