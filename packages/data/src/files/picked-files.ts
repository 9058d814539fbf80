import { fail } from "@rsdix/internal";
import { pieces, sourceOf } from "./byte-source";
import { isLitter, sorted, withSlashes } from "./file-name";
import type { FileStore } from "./file-store";
import { checkSignal, checkSize, guardedStore, notFound } from "./guarded-store";

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
  // What is on the disk changed after it was picked, or was removed: browsers say NotReadableError or NotFoundError.
  const unreadable = (name: string, cause: Error) =>
    fail("FILE_NOT_FOUND", `"${name}" of ${store} can't be read any more (${cause.message}). Pick it again.`, cause);
  return guardedStore({
    name: store,
    names: async () => names,
    async read(name, { maxBytes, signal }) {
      const file = files.get(name) ?? notFound(name, store);
      checkSize(file.size, maxBytes, name, store);
      const bytes = await file.arrayBuffer().catch((cause: Error) => unreadable(name, cause));
      checkSignal(signal, name, store);
      return new Uint8Array(bytes);
    },
    async *stream(name, { start, end, signal }) {
      const file = files.get(name) ?? notFound(name, store);
      const { read, size } = sourceOf(file, name);
      const source = { name, size, read: (from: number, to: number) => read(from, to).catch((cause: Error) => unreadable(name, cause)) };
      yield* pieces(source, start, Math.min(end, size), signal);
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
