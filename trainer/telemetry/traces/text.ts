// Text of strangers: bounded, and of one line.

const MAX_TEXT = 1024;
const MAX_NAME = 200;
const MAX_ADDRESS = 64;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]+/g;
/** Who logs in, in a URL: it may stand anywhere in a text. */
const USER_INFO = /(:\/\/)[^\s/?#@]*@/g;
const HOST = /[a-z][a-z0-9+.-]*:\/\/[^\s/?#]*/gi;
const QUERY = /\?\S*/g;
const SCHEME = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;
const ADDRESS = /^[\w.:[\]%-]+:\d{1,5}$/;

/** Bounded, and without names and passwords of URLs. */
export function cut(value: string): string {
  const plain = value.includes('@') ? value.replace(USER_INFO, '$1') : value;
  return plain.length > MAX_TEXT ? `${plain.slice(0, MAX_TEXT - 1)}…` : plain;
}

/** A name of a span: of URLs in it, only the path is left, and the query where it may be kept. */
export function spanName(value: string, keepsQuery: boolean): string | undefined {
  const bounded = value.length > MAX_TEXT ? value.slice(0, MAX_TEXT) : value;
  const paths = bounded.includes('://') ? bounded.replace(HOST, '') : bounded;
  return plainName(keepsQuery || !paths.includes('?') ? paths : paths.replace(QUERY, ''));
}

/** A name that figures are kept by: without control characters, which keys are joined with. */
export function plainName(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const plain = value.length > MAX_NAME ? value.slice(0, MAX_NAME) : value;
  const trimmed = plain.replace(CONTROL, ' ').trim();
  return trimmed === '' ? undefined : trimmed;
}

/** Of a URL without its scheme, host, user and fragment, and without its query unless that may be kept. */
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
