import { type LockWait, whileLocked } from "./file-lock";

/** How entries lie on the disk, where several processes may add some at the same time. */
export interface EntriesFile<T> {
  /** What is locked while they are written, in a folder that is there by then. */
  readonly path: string;
  /** Tells one state of what is there from another; undefined where there is nothing. It says nothing of whether that is whole, or ours. */
  stamp(): Promise<string | undefined>;
  /** The entries that are there. */
  read(): Promise<ReadonlyMap<string, T>>;
  /** Puts all of these in the place of those that are there. A process that is killed meanwhile leaves either. */
  write(entries: ReadonlyMap<string, T>): Promise<void>;
}

/** Entries by name, which are kept on the disk. */
export interface KeptEntries<T> {
  /** Those that were there when they were looked at last, and the new ones. */
  readonly all: ReadonlyMap<string, T>;
  /** Keeps an entry until it is written. */
  set(name: string, entry: T): void;
  /** Writes all, with what other processes have written meanwhile: those of `last` after all others, and in their order. */
  write(last?: readonly string[]): Promise<void>;
}

/** How entries are opened. */
export interface KeptEntriesOptions extends LockWait {
  /** Those that are there are not kept, whatever they are; those that another process adds from now on are. */
  readonly isForced: boolean;
}

/** Opens entries that others may add to at any time: they are looked at again before each writing, by one process at a time, so that none loses another's. */
export async function openEntries<T>(file: EntriesFile<T>, { isForced, ...waiting }: KeptEntriesOptions): Promise<KeptEntries<T>> {
  let known = isForced ? await file.stamp().catch(() => undefined) : undefined;
  const all = new Map<string, T>();
  const made = new Map<string, T>();
  const look = async () => {
    const now = await file.stamp();
    if (now === known) return;
    for (const [name, entry] of await file.read()) all.set(name, made.get(name) ?? entry);
    known = now;
  };
  if (!isForced) await look();
  return {
    all,
    set(name, entry) {
      made.set(name, entry);
      all.set(name, entry);
    },
    async write(last = []) {
      const inOrder = async () => {
        await look();
        await file.write(othersFirst(all, last));
        known = await file.stamp();
      };
      await whileLocked(file.path, inOrder, waiting);
    },
  };
}

/** All entries: those that are not named as they lie, then those that are, in their order. */
function othersFirst<T>(all: ReadonlyMap<string, T>, names: readonly string[]): ReadonlyMap<string, T> {
  if (names.length === 0) return all;
  const last = new Set(names);
  return new Map([...[...all].filter(([name]) => !last.has(name)), ...names.map((name) => [name, all.get(name)!] as const)]);
}
