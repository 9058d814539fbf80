import { dirname } from "node:path";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail, IMAGE_NAME } from "@rsdix/internal";
import { type EntriesFile, type KeptEntriesOptions, openEntries } from "../kept-entries";
import { makeFolder, refuseForeign } from "../output-folder";
import { textThere } from "../read-file";
import { isCaptions, parseCaptions } from "./captions-file";

/** A file of captions that grows, `{"image": ["caption"]}`. */
export interface CaptionStore {
  /** Whether an image has a caption. */
  has(image: string): boolean;
  /** Keeps a caption until it is written. */
  set(image: string, caption: string): void;
  /** Writes all, with what other processes have written meanwhile. */
  write(): Promise<void>;
}

/** Opens a file of captions, or begins one. With `isForced`, those that are there are not kept; those that another process adds from now on are. */
export async function openCaptionStore(path: string, options: KeptEntriesOptions): Promise<CaptionStore> {
  await refuseForeign(path, { force: options.isForced, isOurs, wanted: 'a file of captions, {"image": ["caption"]}' });
  const captions = await openEntries(captionsIn(path), options);
  return {
    has: (image) => captions.all.has(image),
    set: (image, caption) => captions.set(image, caption),
    async write() {
      await makeFolder(dirname(path));
      await captions.write();
    },
  };
}

function captionsIn(path: string): EntriesFile<string> {
  const text = () => textThere(path, "a file to write");
  return {
    path,
    stamp: text,
    read: async () => parse(await text(), path),
    write: (captions) => writeFileAtomic(path, stringify(captions)),
  };
}

/**
 * Whether a text is of captions, or a list of them, which is refused with what it is. Lists of one text are elsewhere, too, such as in a compiler's options.
 */
function isOurs(text: string): boolean {
  if (/^\s*(\[|\{\s*\}\s*$)/.test(text)) return true;
  if (!isCaptions(text)) return false;
  const captions = parse(text, "");
  return [...captions.keys()].some((name) => IMAGE_NAME.test(name)) || text === stringify(captions); // to the letter, whatever images are called
}

function parse(text: string | undefined, path: string): Map<string, string> {
  if (text === undefined || /^\s*\{\s*\}\s*$/.test(text)) return new Map();
  if (/^\s*\[/.test(text))
    fail(
      "FILE_CORRUPT",
      `${path} is a list, as "rsdix eval clipcap" exports captions with their references, and not {"image": ["caption"]}: name another file.`,
    );
  return new Map(parseCaptions(text, path).images.map(({ filename, caption }) => [filename, caption]));
}

function stringify(captions: ReadonlyMap<string, string>): string {
  // Not of an object, which would put names that are numbers first, and has no place for "__proto__".
  const lines = [...captions].map(([filename, text]) => ` ${JSON.stringify(filename)}: ${JSON.stringify([text])}`);
  return `{\n${lines.join(",\n")}\n}\n`;
}
