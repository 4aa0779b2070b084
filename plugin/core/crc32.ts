// CRC-32 of IEEE 802.3 (reflected polynomial 0xEDB88320), a nibble at a time: models are small and read once.
const TABLE: StaticArray<u32> = [
  0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320,
  0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
];

export function crc32(bytes: usize, length: i32): u32 {
  let crc: u32 = 0xffffffff;
  for (let i = 0; i < length; i++) {
    crc ^= load<u8>(bytes + i);
    crc = (crc >> 4) ^ unchecked(TABLE[crc & 15]);
    crc = (crc >> 4) ^ unchecked(TABLE[crc & 15]);
  }
  return ~crc;
}
