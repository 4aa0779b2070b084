// Values of `proxy_get_property`, serialised as Envoy does: strings and bytes raw, integers as 8 bytes little endian.

export type PropertyValue = string | bigint | Uint8Array;

/** Looks a property up by its path: `upstream.address` is `['upstream', 'address']`. */
export type PropertyProvider = (path: readonly string[]) => PropertyValue | undefined;

export function serialiseProperty(value: PropertyValue): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value);
  if (typeof value !== 'bigint') return value;
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

/** The plugin separates the parts of a path by NUL, and may end the path with one. */
export function parsePath(raw: string): string[] {
  return (raw.endsWith('\0') ? raw.slice(0, -1) : raw).split('\0');
}
