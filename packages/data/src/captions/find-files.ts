import { fail, type RsdixError } from "@rsdix/internal";
import type { CaptionRecord } from "../caption-dataset";
import type { FileStore } from "../files/file-store";
import { IMAGE_NAME } from "../files/image-name";
import { contentsOf } from "./store-views";

// Enough images to tell the folder, few enough to be quick.
const SAMPLE = 64;

/** The names of a store's files, or undefined where they cannot be listed. */
export async function listNames(store: FileStore): Promise<readonly string[] | undefined> {
  try {
    return await store.names();
  } catch (error) {
    if ((error as RsdixError).code === "INVALID_ARGUMENT") return undefined;
    throw error;
  }
}

/** What an annotation file may be called. */
export interface AnnotationNames {
  /** Its usual names, the most usual first. */
  readonly names: readonly string[];
  /** How its name ends: where none of the names is there, the only file that ends so is taken. */
  readonly extensions: readonly string[];
}

/** The annotation file of a data set, wherever in the store it lies; of several, the one nearest to the top. */
export function findAnnotation(
  names: readonly string[] | undefined,
  { names: usual, extensions }: AnnotationNames,
  store: FileStore,
): string {
  if (!names) {
    fail(
      "INVALID_ARGUMENT",
      `The files of ${store.name} cannot be listed: give annotations, the annotation file's name in it, and images.`,
    );
  }
  const depth = (name: string) => name.split("/").length;
  for (const name of usual) {
    const found = names.filter((file) => file.slice(file.lastIndexOf("/") + 1).toLowerCase() === name.toLowerCase());
    found.sort((a, b) => depth(a) - depth(b)); // stable: names are in order
    if (found.length > 1 && depth(found[0]!) === depth(found[1]!)) {
      fail("INVALID_ARGUMENT", `${store.name} has more than one ${name}: ${found.slice(0, 5).join(", ")}. Say which with annotations.`);
    }
    if (found.length > 0) return found[0]!;
  }
  // Archives made on a Mac carry a second, hidden file beside each.
  const visible = names.filter((file) => !/(?:^|\/)(?:\.|__MACOSX\/)/.test(file));
  const others = visible.filter((file) => extensions.some((extension) => file.toLowerCase().endsWith(extension)));
  if (others.length === 1) return others[0]!;
  const looked = [...usual, `the only file that ends in ${extensions.join(" or ")}`].join(", then ");
  const several =
    others.length > 1 ? ` ${others.length} files end so: ${others.slice(0, 5).join(", ")}${others.length > 5 ? ", ..." : ""}.` : "";
  return fail(
    "FILE_NOT_FOUND",
    `No annotation file in ${store.name}: looked for ${looked}.${several} It has ${contentsOf(names)}. Say which file it is with annotations.`,
  );
}

/** The folder below which the images lie. `usual` are folder names, the most usual first. */
export function findImages(
  names: readonly string[] | undefined,
  records: readonly Pick<CaptionRecord, "filename">[],
  { given, usual }: { given: string | undefined; usual: readonly string[] },
  store: FileStore,
): string {
  const folder = given?.replaceAll("\\", "/").replace(/^(?:\.\/)+|\/+$/g, "");
  if (!names) {
    if (folder !== undefined) return folder;
    fail("INVALID_ARGUMENT", `The files of ${store.name} cannot be listed: give images, the images' folder in it ("" for the top).`);
  }
  const found = rankFolders(countHits(names, sampleOf(records)), usual).filter((name) => folder === undefined || name === folder);
  if (found.length > 0) return found[0]!;
  const example = JSON.stringify(records[0]!.filename);
  const looked =
    folder === undefined ? [...usual.map((name) => name || "the top"), "every other folder"].join(", ") : JSON.stringify(folder);
  return fail(
    "FILE_NOT_FOUND",
    `None of the images of the annotation (such as ${example}) is in ${store.name}: looked in ${looked}. It has ${contentsOf(names)}. Say where they are with images.`,
  );
}

function sampleOf(records: readonly Pick<CaptionRecord, "filename">[]): readonly string[] {
  const step = Math.max(1, Math.floor(records.length / SAMPLE));
  return records.filter((_, index) => index % step === 0).map(({ filename }) => filename);
}

/** How many of the wanted files each folder has, files of another kind of image counting a hundredth. */
function countHits(names: readonly string[], wanted: readonly string[]): Map<string, number> {
  const byBase = new Map<string, string[]>();
  for (const file of wanted) {
    const base = stem(file.slice(file.lastIndexOf("/") + 1));
    byBase.set(base, [...(byBase.get(base) ?? []), file]);
  }
  const hits = new Map<string, number>();
  for (const name of names) {
    for (const file of byBase.get(stem(name.slice(name.lastIndexOf("/") + 1))) ?? []) {
      const same = endsWithFile(name, file);
      if (!same && !(IMAGE_NAME.test(name) && endsWithFile(stem(name), stem(file)))) continue;
      const end = same ? file : `${stem(file)}${name.slice(stem(name).length)}`;
      const folder = name.slice(0, Math.max(0, name.length - end.length - 1));
      hits.set(folder, (hits.get(folder) ?? 0) + (same ? 1 : 0.01));
    }
  }
  return hits;
}

function endsWithFile(name: string, file: string): boolean {
  return name === file || name.endsWith(`/${file}`);
}

function rankFolders(hits: ReadonlyMap<string, number>, usual: readonly string[]): string[] {
  const rank = (folder: string) => {
    const index = usual.findIndex((name) => folder === name || (name !== "" && folder.endsWith(`/${name}`)));
    return index < 0 ? usual.length : index;
  };
  return [...hits]
    .sort(([a, x], [b, y]) => y - x || rank(a) - rank(b) || a.length - b.length || (a < b ? -1 : 1))
    .map(([folder]) => folder);
}

/**
 * The images under the names that their files have: where a file is not there, but one of the same name and another kind of image is
 * ("1.jpg" for "1.tif"), it is that one, unless another image has it already. Other images that are not there keep their names.
 */
export function matchFiles<T extends { readonly filename: string }>(
  records: readonly T[],
  names: readonly string[],
  folder: string,
): readonly T[] {
  const prefix = folder === "" ? "" : `${folder}/`;
  const there = new Set(names);
  const isThere = ({ filename }: T) => there.has(prefix + filename);
  if (records.every(isThere)) return records;
  const byStem = imagesByStem(names);
  const taken = new Set(records.filter(isThere).map(({ filename }) => prefix + filename));
  return records.map((record) => {
    const other = isThere(record) ? undefined : byStem.get(stem(prefix + record.filename));
    if (other === undefined || taken.has(other)) return record; // one file for two images would be in two splits
    taken.add(other);
    return { ...record, filename: other.slice(prefix.length) };
  });
}

/** Images by their names without endings; undefined where several have one. */
function imagesByStem(names: readonly string[]): Map<string, string | undefined> {
  const byStem = new Map<string, string | undefined>();
  for (const name of names) {
    if (!IMAGE_NAME.test(name)) continue;
    const key = stem(name);
    byStem.set(key, byStem.has(key) ? undefined : name);
  }
  return byStem;
}

/** A name without an image's ending, so that "1.tif" of an annotation is found as "1.jpg" but never as "1.txt". */
function stem(name: string): string {
  return name.replace(IMAGE_NAME, "");
}
