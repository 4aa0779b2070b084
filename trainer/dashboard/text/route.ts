// The hash of the address as a view, the name of what it shows, and its settings.

import { short } from './format.js';

export const VIEWS = [
  'overview',
  'graph',
  'service',
  'traces',
  'trace',
  'models',
  'training',
  'events',
] as const;
export type View = (typeof VIEWS)[number];

export interface Route {
  readonly view: View;
  /** Of the service, the trace or the model. */
  readonly name: string;
  readonly query: Readonly<Record<string, string>>;
}

export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [view = '', ...rest] = path.split('/');
  const query = Object.fromEntries(new URLSearchParams(search));
  const known = VIEWS.find((name) => name === view);
  return { view: known ?? 'overview', name: decode(rest.join('/')), query };
}

/** Of the window and of its bookmark: `Graph`, `Service api`. */
export function titleOf({ view, name }: Route): string {
  const title = view.charAt(0).toUpperCase() + view.slice(1);
  const named = /^[0-9a-f]{32}$/.test(name) ? short(name) : name;
  return named === '' ? title : `${title} ${named}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param query settings; those that are undefined or empty are left out */
export function hashOf(
  view: View,
  name = '',
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1]));
  const search = new URLSearchParams(given).toString();
  const path = name === '' ? `#/${view}` : `#/${view}/${encodeURIComponent(name)}`;
  return search === '' ? path : `${path}?${search}`;
}
