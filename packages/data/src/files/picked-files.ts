import { fail } from "@rsdix/internal";
import { findByName } from "./accents";
import { pieces, sourceOf } from "./byte-source";
import { isLitter, sorted, withSlashes } from "./file-name";
import type { FileStore } from "./file-store";
import { checkSize, guardedStore, notFound } from "./guarded-store";

/** Files that a person picked; where a folder was picked, named by the path below it. */
export function pickedFiles(picked: readonly File[]): FileStore {
  const paths = picked.map(pathOf);
  const folder = commonFolder(paths);
  const files = new Map<string, File>();
  for (const [index, file] of picked.entries()) {
    const name = paths[index]!.slice(folder.length);
    if (files.has(name)) {
      fail("INVALID_ARGUMENT", `Two of the picked files are named "${name}": pick one of them, or the folder that both are in.`);
    }
    files.set(name, file);
  }
  const store = folder === "" ? `${files.size} picked ${files.size === 1 ? "file" : "files"}` : folder.slice(0, -1);
  const names = sorted([...files.keys()].filter((name) => !isLitter(name)));
  const found = findByName(files);
  const file = (name: string) => found(name) ?? notFound(name, store);
  const find = (name: string) => sourceOf(file(name), `"${name}" of ${store}`);
  return guardedStore({
    name: store,
    names: async () => names,
    async read(name, { maxBytes, signal }) {
      const { size, read } = find(name);
      checkSize(size, maxBytes, name, store);
      return read(0, size, signal);
    },
    async *stream(name, { start, end, signal }) {
      const source = find(name);
      yield* pieces(source, start, Math.min(end, source.size), signal);
    },
    async stamp(name) {
      const { size, lastModified } = file(name);
      return `${size} bytes of ${Math.floor(lastModified)}`;
    },
  });
}

function pathOf(file: File): string {
  return withSlashes(file.webkitRelativePath || file.name);
}

/** The picked folder, which all paths begin with; files picked one by one have none. */
function commonFolder(paths: readonly string[]): string {
  const folder = /^[^/]+\//.exec(paths[0] ?? "")?.[0] ?? "";
  return paths.every((path) => path.startsWith(folder)) ? folder : "";
}
