import { fail, IMAGE_NAME } from "@rsdix/internal";
import type { CaptionRecord } from "../caption-dataset";
import { composed, folderAsListed } from "../files/accents";
import { isHidden } from "../files/file-name";
import type { FileStore } from "../files/file-store";
import type { Draft } from "./draft";
import { type Around, countHits, isWithin, nearestFolders, stem } from "./image-folders";
import { contentsOf } from "./store-views";

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

/** Where the images lie: below `folder`, and those that aren't there below one of the folders `others` in it. */
export interface FoundFolder {
  readonly folder: string;
  readonly others: readonly string[];
}

/**
 * The folder below which the images lie: the one that is given, else the annotation's own, else a usual one in it, else the one that has most of them, as near
 * to the annotation as there are any. Where several have as many it isn't clear whose they are: that is an error.
 */
export function findImages(
  names: readonly string[] | undefined,
  records: readonly Pick<CaptionRecord, "filename">[],
  { given, own, usual }: { given: string | undefined } & Around,
  store: FileStore,
): FoundFolder {
  const written = givenFolder(given);
  if (!names) {
    if (written !== undefined) return { folder: written, others: [] };
    fail("INVALID_ARGUMENT", `The files of ${store.name} cannot be listed: give images, the images' folder in it ("" for the top).`);
  }
  const hits = countHits(names, records);
  const folder = written === undefined ? undefined : folderAsListed(names, written);
  if (folder !== undefined && hits.has(folder)) return { folder, others: [] };
  const example = JSON.stringify(records[0]!.filename);
  const found = folder === undefined ? nearestFolders(hits, { own, usual }) : undefined;
  if (found && found.folders.length > 1) {
    const [first, ...others] = found.folders.map(shownFolder).slice(0, 5);
    const more = found.folders.length > 5 ? ", ..." : "";
    fail(
      "INVALID_ARGUMENT",
      `Of the images of the annotation (such as ${example}) as many lie in ${first} of ${store.name} as in ${others.join(", ")}${more}: it isn't clear which are meant. Say where they are with images.`,
    );
  }
  if (found) return { folder: found.folders[0]!, others: found.distance === 0 ? usual.filter((name) => name !== "") : [] };
  const looked =
    folder === undefined ? [...usual.map((name) => name || "the top"), "every other folder"].join(", ") : JSON.stringify(folder);
  return fail(
    "FILE_NOT_FOUND",
    `None of the images of the annotation (such as ${example}) is in ${store.name}: looked in ${looked}. It has ${contentsOf(names)}. Say where they are with images.`,
  );
}

/**
 * The folder of a further annotation's images: its own or a usual one in it if that has any of them, else the one in which the first annotation's lie, else as
 * the first's is found.
 */
export function findFurther(
  names: readonly string[] | undefined,
  records: readonly Pick<CaptionRecord, "filename">[],
  place: { given: string | undefined } & Around,
  store: FileStore,
  first: FoundFolder,
): FoundFolder {
  if (!names || place.given !== undefined || records.length === 0) return first;
  const hits = countHits(names, records);
  const nearest = nearestFolders(hits, place);
  const isFirsts = !nearest || (nearest.distance > 1 && hits.has(first.folder));
  return isFirsts ? first : findImages(names, records, place, store);
}

/** A folder that was given, as stores write it. */
function givenFolder(given: string | undefined): string | undefined {
  return given?.replaceAll("\\", "/").replace(/^(?:\.\/)+|\/+$/g, "");
}

function shownFolder(folder: string): string {
  return folder === "" ? "the top" : JSON.stringify(folder);
}

/**
 * The images with the folders that Karpathy's annotation of COCO tells apart from their names (`filepath: "train2014"`), where it is said that files lie so
 * or, where that isn't said, where their names show it. What an annotation says of folders that aren't there stays a further field.
 */
export function withTheirFolders(
  drafts: readonly Draft[],
  names: readonly string[] | undefined,
  place: { given: string | undefined } & Around,
  inFolders: boolean | undefined,
): readonly Draft[] {
  const paths = drafts.map(({ record: { filename, extra } }) => {
    const parts = typeof extra?.filepath === "string" ? extra.filepath.split(/[/\\]/).filter((part) => part !== "" && part !== ".") : [];
    return parts.length === 0 || parts.includes("..") ? undefined : [...parts, filename].join("/");
  });
  const wanted = paths.flatMap((filename) => (filename === undefined ? [] : [{ filename }]));
  if (wanted.length === 0 || !(inFolders ?? (names !== undefined && lieNearer(wanted, drafts, names, place)))) return drafts;
  return drafts.map((draft, i) => {
    if (paths[i] === undefined) return draft;
    const { extra = {}, ...rest } = draft.record;
    const { filepath, ...others } = extra;
    return { ...draft, record: { ...rest, filename: paths[i]!, ...(Object.keys(others).length > 0 && { extra: others }) } };
  });
}

/** Whether images lie in their folders: where they lie nearer under their bare names, those in the folders are another set's. */
function lieNearer(
  wanted: readonly Pick<CaptionRecord, "filename">[],
  drafts: readonly Draft[],
  all: readonly string[],
  { given, own, usual }: { given: string | undefined } & Around,
): boolean {
  const written = givenFolder(given);
  const folder = written === undefined ? "" : folderAsListed(all, written);
  const names = all.filter((name) => isWithin(name, folder));
  const distance = (records: readonly Pick<CaptionRecord, "filename">[]) =>
    nearestFolders(countHits(names, records), { own: written === undefined ? own : folder, usual })?.distance ?? Infinity;
  const away = distance(wanted);
  return away < Infinity && distance(drafts.map(({ record }) => record)) >= away;
}

/**
 * The images under the names that their files have: where a file is not there, but one of the same name and another kind of image is
 * ("1.jpg" for "1.tif"), or whose accents are written in another way, or one in a usual folder of the annotation's own, it is that one, unless another image
 * has it already. Other images that are not there keep their names.
 */
export function matchFiles<T extends { readonly filename: string }>(
  records: readonly T[],
  names: readonly string[],
  { folder, others }: FoundFolder,
): readonly T[] {
  const prefix = folder === "" ? "" : `${folder}/`;
  const there = new Set(names);
  const isThere = ({ filename }: T) => there.has(prefix + filename);
  if (records.every(isThere)) return records;
  const byName = uniqueBy(names, composed);
  const byStem = uniqueBy(
    names.filter((name) => IMAGE_NAME.test(name)),
    (name) => composed(stem(name)),
  );
  const taken = new Set(records.filter(isThere).map(({ filename }) => prefix + filename));
  return records.map((record) => {
    if (isThere(record)) return record;
    const ways = [record.filename, ...others.map((name) => `${name}/${record.filename}`)].map((way) => prefix + way);
    const alike = [...ways.map((way) => byName.get(composed(way))), ...ways.map((way) => byStem.get(composed(stem(way))))];
    // One file for two images would be in two splits; one in a folder of the same name in other letters has another name below this one.
    const isFree = (name: string | undefined) => name !== undefined && !taken.has(name) && name.startsWith(prefix);
    const other = ways.find((way) => there.has(way) && isFree(way)) ?? alike.find(isFree);
    if (other === undefined) return record;
    taken.add(other);
    return { ...record, filename: other.slice(prefix.length) };
  });
}

/** Names by what they are the same in; undefined where several are. */
function uniqueBy(names: readonly string[], keyOf: (name: string) => string): Map<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  for (const name of names) {
    const key = keyOf(name);
    found.set(key, found.has(key) ? undefined : name);
  }
  return found;
}
