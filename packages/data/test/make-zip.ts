import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter, type ZipWriterAddDataOptions } from "@zip.js/zip.js";

/** A zip file of texts and bytes; names are as they are given, also where they leave it. */
export async function makeZip(
  files: readonly (readonly [name: string, content: string | Uint8Array, options?: ZipWriterAddDataOptions])[],
): Promise<Uint8Array<ArrayBuffer>> {
  const zip = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false, extendedTimestamp: false });
  for (const [name, content, options] of files) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await zip.add(name, new Uint8ArrayReader(bytes), options);
  }
  return zip.close();
}

/** A copy in which a text, of ASCII, was exchanged for one of the same length wherever it is. */
export function exchanged(bytes: Uint8Array, from: string, to: string): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes);
  const codes = [...from].map((letter) => letter.charCodeAt(0));
  for (let i = 0; i + codes.length <= copy.length; i++) {
    if (codes.every((code, k) => bytes[i + k] === code))
      copy.set(
        [...to].map((letter) => letter.charCodeAt(0)),
        i,
      );
  }
  return copy;
}

/** A copy with a number of the first central directory record set; `at` is its place in that record. */
export function withField(bytes: Uint8Array, at: number, value: number, size: 2 | 4 = 4): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes);
  const record = directoryOf(copy) + at;
  const view = new DataView(copy.buffer);
  if (size === 2) view.setUint16(record, value, true);
  else view.setUint32(record, value, true);
  return copy;
}

/** Where the first central directory record is. */
export function directoryOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 22 + 16, true);
}
