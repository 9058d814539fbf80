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
): { readonly folder: string; readonly first: readonly CaptionRecord[]; readonly further: readonly CaptionRecord[] } {
  const folder = commonFolder(first.found.folder, further.found.folder);
  // Each by itself: an image of both has one file, which shows by the names alone.
  const below = ({ records, found }: Found) => {
    const prefix = found.folder === folder ? "" : `${found.folder.slice(folder === "" ? 0 : folder.length + 1)}/`;
    const matched = names ? matchFiles(records, names, found) : records;
    return prefix === "" ? matched : matched.map((record) => ({ ...record, filename: prefix + record.filename }));
  };
  return { folder, first: below(first), further: below(further) };
}

function commonFolder(a: string, b: string): string {
  const [first, second] = [a.split("/"), b.split("/")];
  const end = first.findIndex((part, i) => part !== second[i]);
  return first.slice(0, end < 0 ? first.length : end).join("/");
}
