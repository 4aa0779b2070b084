// Where we are, in the hash of the address: `#/service/api?window=15m`. Views can be linked to, and Back works.
import { effect, signal } from '@preact/signals';
import { parseRoute, titleOf, type Route } from './text/route.js';

export const route = signal<Route>(parseRoute(''));
/** Set by going elsewhere, until the heading of the new view has taken the focus. */
let isArriving = false;

export function startRouter(): void {
  const read = () => {
    const next = parseRoute(window.location.hash);
    const isOther = next.view !== route.value.view || next.name !== route.value.name;
    isArriving ||= isOther;
    route.value = next;
  };
  window.addEventListener('hashchange', read);
  route.value = parseRoute(window.location.hash);
  effect(() => void (document.title = `${titleOf(route.value)} · Weir`));
}

/** Whether whoever asks is the heading of a view that was just gone to. True once. */
export function takeArrival(): boolean {
  const was = isArriving;
  isArriving = false;
  return was;
}

export function go(hash: string): void {
  window.location.hash = hash;
}
