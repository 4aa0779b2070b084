// A path with its ids taken out, so that the calls of one operation are counted together.

const MAX_SEGMENTS = 8;
const NUMBER = /^\d+$/;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
/** Tokens: long, and with a digit in them. */
const TOKEN = /^(?=.*\d)[\w-]{20,}$/;
const HEX = /^(?=.*\d)[0-9a-f]{8,}$/i;

/** `/users/42/orders?x=1` becomes `/users/{id}/orders`. */
export function templateOf(path: string): string {
  const [plain = ''] = path.split('?', 1);
  const segments = plain.split('/');
  const kept = segments.slice(0, MAX_SEGMENTS + 1).map((segment) => (isId(segment) ? '{id}' : segment));
  return segments.length > kept.length ? `${kept.join('/')}/..` : kept.join('/');
}

const isId = (segment: string): boolean =>
  NUMBER.test(segment) || UUID.test(segment) || HEX.test(segment) || TOKEN.test(segment);
