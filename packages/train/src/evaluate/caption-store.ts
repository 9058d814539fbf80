import { dirname } from "node:path";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import { whileLocked } from "../file-lock";
import { makeFolder } from "../output-folder";
import { textThere } from "../read-file";
import { parseCaptions } from "./captions-file";

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
export async function openCaptionStore(path: string, isForced: boolean): Promise<CaptionStore> {
  let known = isForced ? await textThere(path, "a file to write").catch(() => undefined) : undefined; // whatever it is, it is replaced
  const captions = new Map<string, string>();
  const made = new Map<string, string>();
  const look = async () => {
    const text = await textThere(path, "a file to write");
    if (text === known) return;
    for (const [image, caption] of captionsIn(text, path)) captions.set(image, made.get(image) ?? caption);
    known = text;
  };
  if (!isForced) await look();
  return {
    has: (image) => captions.has(image),
    set(image, caption) {
      made.set(image, caption);
      captions.set(image, caption);
    },
    async write() {
      await makeFolder(dirname(path));
      await whileLocked(path, async () => {
        await look();
        const text = stringify(captions);
        await writeFileAtomic(path, text);
        known = text;
      });
    },
  };
}

function captionsIn(text: string | undefined, path: string): [image: string, caption: string][] {
  if (text === undefined || /^\s*\{\s*\}\s*$/.test(text)) return [];
  if (/^\s*\[/.test(text))
    fail("FILE_CORRUPT", `${path} is a list of captions with references, as "rsdix eval clipcap" exports it: name another file.`);
  return parseCaptions(text, path).images.map(({ filename, caption }) => [filename, caption]);
}

function stringify(captions: ReadonlyMap<string, string>): string {
  // Not of an object, which would put names that are numbers first, and has no place for "__proto__".
  const lines = [...captions].map(([filename, text]) => ` ${JSON.stringify(filename)}: ${JSON.stringify([text])}`);
  return `{\n${lines.join(",\n")}\n}\n`;
}
