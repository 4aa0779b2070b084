// Text of strangers: bounded, and of one line.

const MAX_TEXT = 1024;
const MAX_NAME = 200;
const MAX_ADDRESS = 64;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]+/g;
const SCHEME = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;
const ADDRESS = /^[\w.:[\]%-]+:\d{1,5}$/;

export const cut = (value: string): string =>
  value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT - 1)}…` : value;

/** A name that figures are kept by: without control characters, which keys are joined with. */
export function plainName(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const plain = value.length > MAX_NAME ? value.slice(0, MAX_NAME) : value;
  const trimmed = plain.replace(CONTROL, ' ').trim();
  return trimmed === '' ? undefined : trimmed;
}

/**
 * Of a URL without its scheme, host, user and fragment, and without its query unless that may be kept. What is no URL, such
 * as the name of a span, loses only what looks like one's query.
 */
export function pathOf(url: string, keepsQuery: boolean): string {
  const path = url.replace(SCHEME, '').replace(CONTROL, ' ').replace(/#.*$/s, '');
  const query = path.indexOf('?');
  const plain = query < 0 || keepsQuery ? path : path.slice(0, query);
  return plain === '' ? '/' : plain;
}

/** Undefined for what is no `host:port`. */
export function hostAndPort(value: string): string | undefined {
  return value.length <= MAX_ADDRESS && ADDRESS.test(value) ? value : undefined;
}
