// Envoy's admin interface, as far as the mesh needs it.
import { readFile } from 'node:fs/promises';

/** Longest wait for one answer: the admin thread also compiles the filter. */
const TIMEOUT_MS = 5000;

export class Admin {
  readonly #base: string;

  constructor(address: string) {
    this.#base = `http://${address}`;
  }

  /** Envoy writes the address that it got into a file; undefined until then. */
  static async fromFile(path: string): Promise<Admin | undefined> {
    const address = await readFile(path, 'utf8').catch(() => '');
    return address.trim() === '' ? undefined : new Admin(address.trim());
  }

  /** True when Envoy is LIVE: every listener has what it waited for, and the workers run. */
  async ready(): Promise<boolean> {
    const answer = await this.#get('/ready');
    await answer.body?.cancel();
    return answer.status === 200;
  }

  /** `ip:port` of the active listeners, by name. */
  async listeners(): Promise<Map<string, string>> {
    const { listener_statuses: statuses = [] } = (await this.#json(
      '/listeners?format=json',
    )) as ListenersAnswer;
    const ports = statuses.flatMap(({ name, local_address: { socket_address: at } = {} }) =>
      at ? [[name, `${at.address}:${at.port_value}`] as const] : [],
    );
    return new Map(ports);
  }

  /** Counters and gauges whose names match the regular expression; text and histograms are left out. */
  async stats(filter: string): Promise<Map<string, number>> {
    const path = `/stats?format=json&filter=${encodeURIComponent(filter)}`;
    const { stats = [] } = (await this.#json(path)) as StatsAnswer;
    return new Map(
      stats.flatMap(({ name, value }) => (name && typeof value === 'number' ? [[name, value]] : [])),
    );
  }

  async #json(path: string): Promise<unknown> {
    const answer = await this.#get(path);
    if (!answer.ok) throw new Error(`Envoy's admin answered ${answer.status} to ${path}`);
    return answer.json();
  }

  #get(path: string): Promise<Response> {
    return fetch(this.#base + path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  }
}

interface ListenersAnswer {
  readonly listener_statuses?: readonly {
    readonly name: string;
    readonly local_address?: {
      readonly socket_address?: { readonly address: string; readonly port_value: number };
    };
  }[];
}

interface StatsAnswer {
  readonly stats?: readonly { readonly name?: string; readonly value?: unknown }[];
}
