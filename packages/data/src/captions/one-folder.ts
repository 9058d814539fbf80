import type { CaptionRecord } from "../caption-dataset";
import { type FoundFolder, matchFiles } from "./find-files";

/** Images that lie in one folder. */
interface Found {
  readonly records: readonly CaptionRecord[];
  readonly found: FoundFolder;
}

/** Images of two annotations under the names that their files have in the one folder that all of them are below. */
export function inOneFolder(
  names: readonly string[] | undefined,
  first: Found,
  further: Found,
): { readonly folder: string; readonly images: readonly CaptionRecord[] } {
  // Each by itself: an image of both has one file, which shows by the names alone.
  const matched = ({ records, found }: Found) => (names ? matchFiles(records, names, found) : records);
  const folder = commonFolder(first.found.folder, further.found.folder);
  const images = [first, further].flatMap((each) => {
    const below = each.found.folder.slice(folder === "" ? 0 : folder.length + 1);
    return matched(each).map((record) => (below === "" ? record : { ...record, filename: `${below}/${record.filename}` }));
  });
  return { folder, images };
}

function commonFolder(a: string, b: string): string {
  const [first, second] = [a.split("/"), b.split("/")];
  const end = first.findIndex((part, i) => part !== second[i]);
  return first.slice(0, end < 0 ? first.length : end).join("/");
}
