/** "a/b.png" and "b.png", the longest first. */
export function endsOf(path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, i) => parts.slice(i).join("/"));
}

/**
 * The name that an annotation file has for each image of a folder, or several that it may be; none of those that it has not. Either may have folders that the
 * other lacks: an image is the one whose whole name is the end of the other's, of several the longest. Names whose folders differ are one image's only where
 * nothing else is called so.
 *
 * @param images The images' names in their folder.
 * @param noted The names in the annotation file.
 */
export function notedNames(images: readonly string[], noted: readonly string[]): Map<string, readonly string[]> {
  const known = new Set(noted);
  const notedBy = group(noted, endsOf);
  const notedAs = group(noted, (name) => [lastOf(name)]);
  const calledSo = group(images, (name) => [lastOf(name)]);
  const found = new Map<string, readonly string[]>();
  for (const image of images) found.set(image, known.has(image) ? [image] : (notedBy.get(image) ?? endIn(image) ?? onlyOne(image)));
  return found;

  function endIn(image: string): string[] | undefined {
    const end = endsOf(image).find((name) => known.has(name));
    return end === undefined ? undefined : [end];
  }

  function onlyOne(image: string): string[] {
    const names = notedAs.get(lastOf(image)) ?? [];
    return names.length === 1 && calledSo.get(lastOf(image))!.length === 1 ? names : [];
  }
}

const lastOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);

function group(names: readonly string[], keysOf: (name: string) => readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    for (const key of keysOf(name)) {
      const group = groups.get(key);
      if (group) group.push(name);
      else groups.set(key, [name]);
    }
  }
  return groups;
}
