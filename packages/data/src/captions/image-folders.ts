import { IMAGE_NAME } from "@rsdix/internal";
import type { CaptionRecord } from "../caption-dataset";
import { composed } from "../files/accents";

/** How many of the wanted files a folder has: under their very names, and as images of another kind. */
interface Hits {
  readonly exact: number;
  readonly alike: number;
}

/** Where an annotation lies. */
export interface Around {
  /** The folder of the annotation; the top where it lies in another store. */
  readonly own: string;
  /** What folders of images are called, the most usual first. */
  readonly usual: readonly string[];
}

/** Folders that have as many of the images, none having more as near to the annotation. */
interface NearestFolders {
  /** 0 is the annotation's own folder, 1 a usual one in it; then each is a folder further out. */
  readonly distance: number;
  readonly folders: readonly string[];
}

/**
 * The folder of the images: the annotation's own if it has any just as they are written, else a usual one in it that has, of another kind, too; else the one
 * with most of them below the annotation's own, else below the folder of that, and so on to the top. Several where it may be any of them. Images of another
 * kind count where none are as they are written: beside an annotation they may be masks.
 */
export function nearestFolders(hits: ReadonlyMap<string, Hits>, { own, usual }: Around): NearestFolders | undefined {
  const around = (folder: string) => [folder, ...usual.filter((name) => name !== "").map((name) => joined(folder, name))].map(composed);
  const all = [...hits];
  const exact = all.filter(([, { exact }]) => exact > 0);
  const [ownFolder, ...usualFolders] = around(own);
  const near = [
    { counted: exact, place: ownFolder, distance: 0 },
    ...[exact, all].flatMap((counted) => usualFolders.map((place) => ({ counted, place, distance: 1 }))),
  ];
  for (const { counted, place, distance } of near) {
    const folders = withMost(counted.filter(([name]) => composed(name) === place));
    if (folders.length > 0) return { distance, folders };
  }
  const counted = exact.length > 0 ? exact : all;
  for (let [from, distance] = [own, 2]; ; from = parentOf(from), distance++) {
    const folders = withMost(counted.filter(([name]) => isWithin(composed(name), composed(from))));
    const expected = around(from).find((wanted) => folders.some((name) => composed(name) === wanted));
    if (expected !== undefined) return { distance, folders: folders.filter((name) => composed(name) === expected) };
    if (folders.length > 0) return { distance, folders };
    if (from === "") return undefined;
  }
}

function withMost(hits: readonly (readonly [string, Hits])[]): string[] {
  const score = ({ exact, alike }: Hits) => exact + alike / 100;
  const most = hits.reduce((most, [, each]) => Math.max(most, score(each)), 0);
  return hits.filter(([, each]) => score(each) === most).map(([name]) => name);
}

/** The wanted files that each folder has. */
export function countHits(names: readonly string[], records: readonly Pick<CaptionRecord, "filename">[]): Map<string, Hits> {
  const wanted = new Set(records.map(({ filename }) => composed(filename)));
  const byStem = new Map<string, number>();
  for (const file of wanted) byStem.set(stem(file), (byStem.get(stem(file)) ?? 0) + 1);
  const hits = new Map<string, Hits>();
  for (const written of names) {
    const parts = written.split("/");
    let end = "";
    for (let i = parts.length - 1; i >= 0; i--) {
      end = joined(composed(parts[i]!), end);
      const exact = wanted.has(end) ? 1 : 0;
      const alike = IMAGE_NAME.test(end) ? (byStem.get(stem(end)) ?? 0) - exact : 0;
      if (exact + alike === 0) continue;
      const folder = parts.slice(0, i).join("/");
      const before = hits.get(folder) ?? { exact: 0, alike: 0 };
      hits.set(folder, { exact: before.exact + exact, alike: before.alike + alike });
    }
  }
  return hits;
}

/** Whether a file or folder is a folder or below it. */
export function isWithin(name: string, folder: string): boolean {
  return folder === "" || name === folder || name.startsWith(`${folder}/`);
}

/** A name without an image's ending, so that "1.tif" of an annotation is found as "1.jpg" but never as "1.txt". */
export function stem(name: string): string {
  return name.replace(IMAGE_NAME, "");
}

/** The folder of a file or folder; "" is the top. */
export function parentOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf("/")));
}

function joined(folder: string, name: string): string {
  return folder === "" || name === "" ? folder + name : `${folder}/${name}`;
}
