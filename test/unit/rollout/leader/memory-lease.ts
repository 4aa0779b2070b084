// A Lease as the API server keeps it: as JSON, with a resourceVersion that whoever writes must know. The real one is in
// test/istio/lease.test.ts.
import type { Lease, LeaseClient } from '../../../../trainer/rollout/leader/lease-client.js';
import type { LeaseSpec } from '../../../../trainer/rollout/leader/lease-spec.js';

export class MemoryLease implements LeaseClient {
  readonly what = 'Lease weir-system/weir-trainer';
  /** Asked at each call, before it is answered. */
  before: (verb: 'read' | 'create' | 'update') => Promise<void> = async () => undefined;
  /** Asked when a call is done, before its answer arrives. */
  after: (verb: 'read' | 'create' | 'update') => Promise<void> = async () => undefined;
  #text: string | undefined;
  #version = 0;

  /** As it lies there. */
  get spec(): Readonly<Record<string, unknown>> {
    return (JSON.parse(this.#text ?? '{}') as { spec?: Record<string, unknown> }).spec ?? {};
  }

  /** By another hand. */
  edit(change: object): void {
    this.#store({ ...this.#lease(), ...change });
  }

  remove(): void {
    this.#text = undefined;
  }

  read(): Promise<Lease | undefined> {
    return this.#answer('read', () => this.#lease());
  }

  create(spec: LeaseSpec): Promise<Lease | undefined> {
    return this.#answer('create', () => (this.#text === undefined ? this.#store({ spec }) : undefined));
  }

  update(lease: Lease, spec: LeaseSpec): Promise<Lease | undefined> {
    return this.#answer('update', () => {
      const isSame = lease.metadata?.resourceVersion === this.#lease()?.metadata?.resourceVersion;
      return isSame ? this.#store({ ...lease, spec }) : undefined;
    });
  }

  async #answer(
    verb: 'read' | 'create' | 'update',
    act: () => Lease | undefined,
  ): Promise<Lease | undefined> {
    await this.before(verb);
    const answer = act();
    await this.after(verb);
    return answer;
  }

  #lease(): Lease | undefined {
    return this.#text === undefined ? undefined : (JSON.parse(this.#text) as Lease);
  }

  #store(lease: Lease): Lease | undefined {
    const resourceVersion = String(++this.#version);
    this.#text = JSON.stringify({ ...lease, metadata: { ...lease.metadata, resourceVersion } });
    return this.#lease();
  }
}
