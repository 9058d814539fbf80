import { fail } from "@rsdix/internal";
import { filenameProblem } from "../filename-problem";
import type { FileStore } from "../files/file-store";
import { listNames } from "../files/list-names";
import { streamBytes } from "../files/read-bytes";

/** The files below a folder of a store; "" is the store itself. Closing it closes the store. */
export function folderOf(store: FileStore, folder: string): FileStore {
  if (folder === "") return store;
  const prefix = `${folder}/`;
  const within = (name: string) => {
    const problem = filenameProblem(name); // before joining, where "../x" would lie within the store
    if (problem) fail("INVALID_ARGUMENT", `The file name ${JSON.stringify(name)} ${problem}.`);
    return `${prefix}${name}`;
  };
  return {
    name: placeIn(store, folder),
    names: async () => (await listNames(store)).filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)),
    read: async (name, options) => store.read(within(name), options),
    ...(store.stream && {
      stream: async function* (name, options) {
        yield* streamBytes(store, within(name), options ?? {});
      },
    }),
    ...(store.stamp && { stamp: async (name) => store.stamp!(within(name)) }),
    close: () => store.close(),
  };
}

/** Several stores as folders of one. Closing it closes all of them. */
export function mountFiles(stores: ReadonlyMap<string, FileStore>): FileStore {
  const name = [...stores].map(([folder, store]) => `${folder} (${store.name})`).join(", ");
  const find = (file: string) => {
    const slash = file.indexOf("/");
    const store = stores.get(file.slice(0, Math.max(slash, 0)));
    if (!store) fail("FILE_NOT_FOUND", `There is no file ${JSON.stringify(file)} in ${name}: names start with the data set's folder.`);
    return { store, inner: file.slice(slash + 1) };
  };
  return {
    name,
    names: async () => {
      const lists = await Promise.all(
        [...stores].map(async ([folder, store]) => (await listNames(store)).map((file) => `${folder}/${file}`)),
      );
      return lists.flat().sort();
    },
    read: async (file, options) => {
      const { store, inner } = find(file);
      return store.read(inner, options);
    },
    ...([...stores.values()].every((store) => store.stream) && {
      stream: async function* (file, options) {
        const { store, inner } = find(file);
        yield* streamBytes(store, inner, options ?? {});
      },
    }),
    stamp: async (file) => {
      const { store, inner } = find(file);
      return store.stamp ? store.stamp(inner) : store.name;
    },
    close: async () => {
      const closed = await Promise.allSettled([...stores.values()].map((store) => store.close()));
      for (const result of closed) if (result.status === "rejected") throw result.reason;
    },
  };
}

/** A file's or folder's place, as messages name it. */
export function placeIn(store: FileStore, name: string): string {
  return name === "" ? store.name : `${store.name.replace(/[/\\]$/, "")}/${name}`;
}

/** What lies at the top of a store, for messages: folders with a slash, at most ten. */
export function contentsOf(names: readonly string[]): string {
  const top = [...new Set(names.map((name) => (name.includes("/") ? name.slice(0, name.indexOf("/") + 1) : name)))];
  if (top.length === 0) return "nothing";
  return top.length > 10 ? `${top.slice(0, 10).join(", ")} and ${top.length - 10} more` : top.join(", ");
}
