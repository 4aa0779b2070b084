/** Value of a base64 digit (RFC 4648; the URL-safe digits too), -1 for anything else. */
function valueOf(digit: u8): i32 {
  if (digit >= 0x41 && digit <= 0x5a) return digit - 0x41;
  if (digit >= 0x61 && digit <= 0x7a) return digit - 0x61 + 26;
  if (digit >= 0x30 && digit <= 0x39) return digit - 0x30 + 52;
  if (digit == 0x2b || digit == 0x2d) return 62;
  return digit == 0x2f || digit == 0x5f ? 63 : -1;
}

/** Decodes base64 in place (the result is shorter); returns its length, -1 where it is malformed. */
export function decodeBase64(at: usize, length: i32): i32 {
  while (length > 0 && load<u8>(at + length - 1) == 0x3d) length--;
  if ((length & 3) == 1) return -1;
  let out = 0;
  let word: u32 = 0;
  let bits = 0;
  for (let i = 0; i < length; i++) {
    const value = valueOf(load<u8>(at + i));
    if (value < 0) return -1;
    word = (word << 6) | value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    store<u8>(at + out++, (word >> bits) as u8);
  }
  return out;
}
