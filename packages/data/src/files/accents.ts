/** A name with its accents in one letter each: a Mac writes them apart. */
export function composed(name: string): string {
  return name.normalize("NFC");
}

/** Whether a name can be written in two ways. */
export function mayHaveAccents(name: string): boolean {
  return /[^ -~]/.test(name);
}

/** Finds what is under a name: the very one, else the only one that differs from it in how accents are written. */
export function findByName<T>(entries: ReadonlyMap<string, T>): (name: string) => T | undefined {
  let others: Map<string, T | undefined> | undefined;
  return (name) => {
    const found = entries.get(name);
    if (found !== undefined || !mayHaveAccents(name)) return found;
    others ??= byComposed(entries);
    return others.get(composed(name));
  };
}

function byComposed<T>(entries: ReadonlyMap<string, T>): Map<string, T | undefined> {
  const found = new Map<string, T | undefined>();
  for (const [name, entry] of entries) {
    if (!mayHaveAccents(name)) continue;
    const key = composed(name);
    found.set(key, found.has(key) ? undefined : entry);
  }
  return found;
}

/** A folder that was named, as a listing writes it, whose accents may be written in another way. */
export function folderAsListed(names: readonly string[], folder: string): string {
  if (!mayHaveAccents(folder) || names.some((name) => name.startsWith(`${folder}/`))) return folder;
  const depth = folder.split("/").length;
  const wanted = composed(`${folder}/`);
  const inside = names.find((name) => composed(name).startsWith(wanted));
  return inside === undefined ? folder : inside.split("/").slice(0, depth).join("/");
}
