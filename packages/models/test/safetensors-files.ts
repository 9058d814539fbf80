/** A safetensors file from any header and any number of data bytes; `claimed` is what it says of the header's length. */
export function safetensorsFile(header: string | Uint8Array, dataBytes = 0, claimed?: bigint): Uint8Array<ArrayBuffer> {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

/** An array's description in a header. */
export const headerEntry = (dtype: unknown, shape: unknown, offsets: unknown) => JSON.stringify({ dtype, shape, data_offsets: offsets });
