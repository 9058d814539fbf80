let table: Uint32Array | undefined;

/**
 * The CRC-32 of zip, gzip and PNG, of bytes that come after those that `crc` is of. Platforms have none that is in all of them: Node's is there
 * from version 22 on.
 *
 * @see ISO 3309; https://www.w3.org/TR/png-3/#D-CRCAppendix
 */
export function crc32(bytes: Uint8Array, crc = 0): number {
  table ??= makeTable(); // not before somebody asks, so that bundlers leave it out where nobody does
  let value = ~crc;
  for (let i = 0; i < bytes.length; i++) value = table[(value ^ bytes[i]!) & 255]! ^ (value >>> 8);
  return ~value >>> 0;
}

/** The remainder of each byte. */
function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
    return value;
  });
}
