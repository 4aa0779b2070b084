// Where we are, in the hash of the address: `#/service/api?window=15m`. Views can be linked to, and Back works.
import { signal } from '@preact/signals';
import { parseRoute, type Route } from './text/route.js';

export const route = signal<Route>(parseRoute(''));

export function startRouter(): void {
  const read = () => {
    const next = parseRoute(window.location.hash);
    const isOther = next.view !== route.value.view || next.name !== route.value.name;
    route.value = next;
    // Whoever follows a link by keyboard or hears the page goes on at the new view, not at the link.
    if (isOther) requestAnimationFrame(() => document.querySelector<HTMLElement>('main h1')?.focus());
  };
  window.addEventListener('hashchange', read);
  route.value = parseRoute(window.location.hash);
}

export function go(hash: string): void {
  window.location.hash = hash;
}
