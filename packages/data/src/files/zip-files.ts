import { fail } from "@rsdix/internal";
import { findByName } from "./accents";
import type { ByteSource } from "./byte-source";
import { sorted } from "./file-name";
import type { FileStore } from "./file-store";
import { checkSignal, checkSize, guardedStore, notFound } from "./guarded-store";
import { readDirectory } from "./zip-directory";
import { entryBytes } from "./zip-entry";

/** The files of a zip file, each read where it lies. */
export async function zipFiles(source: ByteSource, signal?: AbortSignal): Promise<FileStore> {
  const { name: zip } = source;
  const entries = await readDirectory(source, signal);
  const names = sorted(entries.keys());
  const found = findByName(entries);
  const find = (name: string) => found(name) ?? notFound(name, zip);
  return guardedStore({
    name: zip,
    names: async () => names,
    async read(name, { maxBytes, signal }) {
      const entry = find(name);
      checkSize(entry.size, maxBytes, name, zip);
      let bytes: Uint8Array | undefined;
      let done = 0;
      for await (const piece of entryBytes(source, entry, `"${name}" in ${zip}`, signal)) {
        checkSignal(signal, name, zip);
        bytes ??= new Uint8Array(entry.size); // not before something came of it
        bytes.set(piece, done);
        done += piece.length;
      }
      return bytes ?? new Uint8Array();
    },
    async *stream(name, { start, end, signal }) {
      let at = 0;
      for await (const piece of entryBytes(source, find(name), `"${name}" in ${zip}`, signal)) {
        const part = piece.subarray(Math.max(0, start - at), Math.max(0, end - at));
        at += piece.length;
        if (part.length > 0) yield part;
        if (at >= end) return;
      }
    },
    async stamp(name) {
      const { size, crc32 } = find(name);
      return `${size} bytes of ${crc32}`;
    },
  });
}

/** Whether a name is that of a zip file. */
export function isZipName(name: string): boolean {
  return /\.zip$/i.test(name);
}

/** What isn't a zip file is refused by name where the name tells, which is a better message than that of its bytes. */
export function checkZipName(name: string): void {
  if (/\.(rar|7z|tar|tgz|gz|tar\.\w+)$/i.test(name)) {
    fail("INVALID_ARGUMENT", `${name} is an archive of another kind than zip: unpack it and open the folder.`);
  }
}
