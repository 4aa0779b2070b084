// The hash of a user, as the filter makes it (plugin/core/math.ts): FNV-1a of 32 bits, so that one user is the same one in
// spans of sidecars and of applications. It keeps names out of the traces; it does not withstand who knows all names.

export function hashUser(user: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(user)) hash = Math.imul(hash ^ byte, 0x01000193);
  const digits = Buffer.alloc(4);
  // As the filter writes it: the low byte first.
  digits.writeUInt32LE(hash >>> 0);
  return digits.toString('hex');
}
