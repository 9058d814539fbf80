import { fail } from "@rsdix/internal";
import type { CaptionRecord } from "../caption-dataset";
import { composed, folderAsListed } from "../files/accents";
import { isHidden } from "../files/file-name";
import type { FileStore } from "../files/file-store";
import { IMAGE_NAME } from "../files/image-name";
import type { Draft } from "./draft";
import { contentsOf } from "./store-views";

// Enough images to tell the folder, few enough to be quick.
const SAMPLE = 64;

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
  const visible = names.filter((file) => !isHidden(file));
  for (const name of usual) {
    const found = visible.filter((file) => file.slice(file.lastIndexOf("/") + 1).toLowerCase() === name.toLowerCase());
    found.sort((a, b) => depth(a) - depth(b)); // stable: names are in order
    if (found.length > 1 && depth(found[0]!) === depth(found[1]!)) {
      fail("INVALID_ARGUMENT", `${store.name} has more than one ${name}: ${found.slice(0, 5).join(", ")}. Say which with annotations.`);
    }
    if (found.length > 0) return found[0]!;
  }
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
  const written = given?.replaceAll("\\", "/").replace(/^(?:\.\/)+|\/+$/g, "");
  if (!names) {
    if (written !== undefined) return written;
    fail("INVALID_ARGUMENT", `The files of ${store.name} cannot be listed: give images, the images' folder in it ("" for the top).`);
  }
  const folder = written === undefined ? undefined : folderAsListed(names, written);
  const among = (wanted: readonly Pick<CaptionRecord, "filename">[]) =>
    rankFolders(countHits(names, wanted), usual).find((name) => folder === undefined || name === folder);
  const found = among(sampleOf(records)) ?? among(records); // of a set that is there in part, a sample may have none
  if (found !== undefined) return found;
  const example = JSON.stringify(records[0]!.filename);
  const looked =
    folder === undefined ? [...usual.map((name) => name || "the top"), "every other folder"].join(", ") : JSON.stringify(folder);
  return fail(
    "FILE_NOT_FOUND",
    `None of the images of the annotation (such as ${example}) is in ${store.name}: looked in ${looked}. It has ${contentsOf(names)}. Say where they are with images.`,
  );
}

function sampleOf<T>(records: readonly T[]): readonly T[] {
  const step = Math.max(1, Math.floor(records.length / SAMPLE));
  return records.filter((_, index) => index % step === 0);
}

/** How many of the wanted files each folder has, files of another kind of image counting a hundredth. */
function countHits(names: readonly string[], wanted: readonly Pick<CaptionRecord, "filename">[]): Map<string, number> {
  const byBase = new Map<string, string[]>();
  for (const { filename } of wanted) {
    const file = composed(filename);
    const base = stem(file.slice(file.lastIndexOf("/") + 1));
    const others = byBase.get(base);
    if (others) others.push(file);
    else byBase.set(base, [file]);
  }
  const hits = new Map<string, number>();
  for (const written of names) {
    const name = composed(written);
    for (const file of byBase.get(stem(name.slice(name.lastIndexOf("/") + 1))) ?? []) {
      const same = endsWithFile(name, file);
      if (!same && !(IMAGE_NAME.test(name) && endsWithFile(stem(name), stem(file)))) continue;
      const folder = written.split("/").slice(0, -file.split("/").length).join("/");
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
 * The images with the folders that Karpathy's annotation of COCO tells apart from their names (`filepath: "train2014"`), where files lie so. What an
 * annotation says of folders that aren't there stays a further field.
 */
export function withTheirFolders(drafts: readonly Draft[], names: readonly string[]): readonly Draft[] {
  const paths = drafts.map(({ record: { filename, extra } }) => {
    const parts = typeof extra?.filepath === "string" ? extra.filepath.split(/[/\\]/).filter((part) => part !== "" && part !== ".") : [];
    return parts.length === 0 || parts.includes("..") ? undefined : [...parts, filename].join("/");
  });
  const wanted = paths.flatMap((filename) => (filename === undefined ? [] : [{ filename }]));
  if (wanted.length === 0 || countHits(names, wanted).size === 0) return drafts;
  return drafts.map((draft, i) => {
    if (paths[i] === undefined) return draft;
    const { extra = {}, ...rest } = draft.record;
    const { filepath, ...others } = extra;
    return { ...draft, record: { ...rest, filename: paths[i]!, ...(Object.keys(others).length > 0 && { extra: others }) } };
  });
}

/**
 * The images under the names that their files have: where a file is not there, but one of the same name and another kind of image is
 * ("1.jpg" for "1.tif"), or whose accents are written in another way, it is that one, unless another image has it already. Other images
 * that are not there keep their names.
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
    const other = isThere(record) ? undefined : byStem.get(composed(stem(prefix + record.filename)));
    // One file for two images would be in two splits; one in a folder of the same name in other letters has another name below this one.
    if (other === undefined || taken.has(other) || !other.startsWith(prefix)) return record;
    taken.add(other);
    return { ...record, filename: other.slice(prefix.length) };
  });
}

/** Images by their names without endings; undefined where several have one. */
function imagesByStem(names: readonly string[]): Map<string, string | undefined> {
  const byStem = new Map<string, string | undefined>();
  for (const name of names) {
    if (!IMAGE_NAME.test(name)) continue;
    const key = composed(stem(name));
    byStem.set(key, byStem.has(key) ? undefined : name);
  }
  return byStem;
}

/** A name without an image's ending, so that "1.tif" of an annotation is found as "1.jpg" but never as "1.txt". */
function stem(name: string): string {
  return name.replace(IMAGE_NAME, "");
}
