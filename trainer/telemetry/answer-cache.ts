// The endpoints of a cluster as JSON, made anew when enough of its proxies have reported: a thousand proxies that share a
// cluster are not each worth a new text.
import type { ClusterView } from './cluster-view.js';

/** A text stays while no more than this share of the proxies has reported since. Of fewer than 50 that is none. */
const STALE_SHARE = 0.02;
const MAX_AGE_MS = 50;

interface Text {
  readonly json: string;
  readonly changes: number;
  readonly at: number;
}

export class AnswerCache {
  readonly #texts = new WeakMap<ClusterView, Text>();

  /** @param make the JSON of now */
  get(view: ClusterView, now: number, make: () => string): string {
    const known = this.#texts.get(view);
    const most = Math.floor(STALE_SHARE * view.proxies);
    const maxAgeMs = most > 0 ? MAX_AGE_MS : 0;
    // A report that takes the place of another is two changes.
    const reports = known === undefined ? Infinity : (view.changes - known.changes) / 2;
    if (known !== undefined && reports <= most && Math.abs(now - known.at) <= maxAgeMs) return known.json;
    const json = make();
    this.#texts.set(view, { json, changes: view.changes, at: now });
    return json;
  }
}
