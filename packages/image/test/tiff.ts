/** A copy of a TIFF (least significant byte first) with the entry of `tag` overwritten. */
export function withEntry(
  bytes: Uint8Array,
  tag: number,
  entry: { readonly tag?: number; readonly type?: number; readonly count?: number; readonly value?: number },
): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  const directory = view.getUint32(4, true);
  for (let i = 0, at = directory + 2; i < view.getUint16(directory, true); i++, at += 12) {
    if (view.getUint16(at, true) !== tag) continue;
    if (entry.tag !== undefined) view.setUint16(at, entry.tag, true);
    if (entry.type !== undefined) view.setUint16(at + 2, entry.type, true);
    if (entry.count !== undefined) view.setUint32(at + 4, entry.count, true);
    if (entry.value !== undefined) {
      const short = view.getUint16(at + 2, true) === 3;
      if (short) view.setUint16(at + 8, entry.value, true);
      else view.setUint32(at + 8, entry.value, true);
    }
    return copy;
  }
  throw new Error(`The file has no tag ${tag}.`);
}

/** A copy with the offset to the next directory, at the end of the first, set. */
export function withNextDirectory(bytes: Uint8Array, offset: number): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  const directory = view.getUint32(4, true);
  view.setUint32(directory + 2 + view.getUint16(directory, true) * 12, offset, true);
  return copy;
}

/** Where the first directory lies. */
export function firstDirectory(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
}
