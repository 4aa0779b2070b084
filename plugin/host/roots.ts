// Root contexts: each holds one accepted configuration. A reload makes a new one in the same VM, while the streams in
// flight finish on the old one.
import { Model } from '../core/model';
import { ACTOR, createPolicy } from '../core/policies/registry';
import { Policy } from '../core/policies/policy';
import { Config, Role } from './config';

/** The policies of one cluster under one configuration. */
export class Balancer {
  constructor(
    readonly policy: Policy,
    readonly candidate: Policy | null,
  ) {}
}

export class Root {
  config: Config = new Config();
  private balancers: Array<Balancer | null> = [];

  /** Hash of the plugin's name in Envoy: reloads of one plugin share it. */
  plugin: u64 = 0;

  constructor(readonly id: u32) {}

  /** Takes a configuration; policies start afresh with it. */
  accept(config: Config): void {
    this.config.dispose();
    this.config = config;
    this.balancers = [];
  }

  /** The policies of a cluster, made when it is first met. */
  balancer(cluster: i32): Balancer {
    if (cluster < this.balancers.length) {
      const known = this.balancers[cluster];
      if (known !== null) return known;
    }
    const made = this.make();
    while (this.balancers.length <= cluster) this.balancers.push(null);
    this.balancers[cluster] = made;
    return made;
  }

  private make(): Balancer {
    const config = this.config;
    const model = config.model;
    const candidate = config.candidate;
    return new Balancer(
      createPolicy(config.policy, model !== null ? model : new Model(), config.bounds),
      candidate !== null ? createPolicy(ACTOR, candidate, config.bounds) : null,
    );
  }
}

/** Oldest first. */
const roots: Root[] = [];

export function openRoot(id: u32): Root {
  const known = findRoot(id);
  if (known !== null) return known;
  const root = new Root(id);
  roots.push(root);
  return root;
}

export function findRoot(id: u32): Root | null {
  for (let i = roots.length - 1; i >= 0; i--) {
    if (unchecked(roots[i]).id == id) return unchecked(roots[i]);
  }
  return null;
}

let used: u32 = 0;

/**
 * A new stream came to root `id`. Where a newer root of the same plugin exists, Envoy has taken up the older one again,
 * as it does without a word when a configuration comes back while streams of it are open: it is the newest from now on,
 * and is returned; else null.
 */
export function takenUpAgain(id: u32): Root | null {
  if (id == used) return null;
  used = id;
  const root = findRoot(id);
  if (root === null) return null;
  const last = roots.length - 1;
  for (let i = last; roots[i] !== root; i--) {
    if (roots[i].plugin != root.plugin) continue;
    for (let k = roots.indexOf(root); k < last; k++) roots[k] = roots[k + 1];
    roots[last] = root;
    return root;
  }
  return null;
}

/** Forgets a root; returns how many are left. */
export function closeRoot(root: Root): i32 {
  const last = roots.length - 1;
  for (let i = roots.indexOf(root); i < last; i++) roots[i] = roots[i + 1];
  roots.length = last;
  root.config.dispose();
  return last;
}

/** The newest root with the client role: it keeps house for the VM (reports, shared data). */
function clientRoot(): Root | null {
  for (let i = roots.length - 1; i >= 0; i--) {
    if (roots[i].config.role == Role.Client) return roots[i];
  }
  return null;
}

/** The root whose tick keeps house: the client's, or where there is none the newest. */
export function houseRoot(): Root | null {
  const client = clientRoot();
  return client !== null ? client : roots.length > 0 ? roots[roots.length - 1] : null;
}
