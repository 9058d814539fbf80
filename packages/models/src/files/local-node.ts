import { lstat, readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fail } from "@rsdix/internal";
import { openSource } from "../checkpoint/file-node";
import { isOfModels, isWeightFile, isWeightIndex, KNOWN_FILES, SAVING_FILE, SIDE_FILES } from "./known-files";
import type { FileProvider, OpenFile } from "./model-files";
import { pathOf } from "./path-node";

/** `1_Pooling/config.json` lies one folder down; deeper there are other people's data sets. */
const MAX_DEPTH = 3;
/** How many names are listed that no model reads: a folder of images may have a model in it. */
const MAX_OTHERS = 20_000;

/**
 * A folder, or a file: of weights with the configuration and tokenizer that lie beside it, and what an index names; of others alone.
 * `undefined` where the path is neither.
 */
export async function localFiles(path: string): Promise<FileProvider | undefined> {
  const absolute = resolve(pathOf(path));
  const status = await stat(absolute).catch(() => undefined);
  if (status?.isDirectory()) {
    return {
      origin: absolute,
      parallel: 1,
      names: async () => {
        await checkKnown(absolute, KNOWN_FILES);
        return namesBelow(absolute);
      },
      open: (name) => openIn(absolute, name),
    };
  }
  if (!status?.isFile()) return undefined;
  const only = basename(absolute);
  const folder = dirname(absolute);
  const hasMore = isWeightFile(only) || isWeightIndex(only);
  return {
    origin: absolute,
    parallel: 1,
    names: async () => [only, ...(hasMore ? await sideFilesIn(folder) : [])],
    open: async (name) => (name === only || hasMore ? openIn(folder, name) : undefined),
  };
}

async function sideFilesIn(folder: string): Promise<string[]> {
  await checkKnown(folder, SIDE_FILES);
  const names = [...SIDE_FILES, SAVING_FILE];
  const there = await Promise.all(names.map((name) => isFile(join(folder, name))));
  return names.filter((_, i) => there[i]);
}

async function openIn(folder: string, name: string): Promise<OpenFile | undefined> {
  await checkKnown(folder, [name]);
  return openIfThere(join(folder, name));
}

/** Throws where what has the name of a model's file is none that can be read: the model would be loaded as if it had none. */
async function checkKnown(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const path = join(folder, name);
    if (!KNOWN_FILES.includes(name) || (await isFile(path))) continue;
    const isThere = await lstat(path).catch(() => undefined);
    // Asked again: a file may have come meanwhile.
    if (isThere && !isThere.isFile() && !(await isFile(path)))
      fail("FILE_NOT_FOUND", `${path} is no file, but a folder, a pipe or a link that leads nowhere: remove it, or put the file there.`);
  }
}

/**
 * Names of files below a folder; links are followed to files, since the hub's cache is made of them. Hidden ones are left out, and what is not a model's beyond
 * some number.
 */
export async function namesBelow(folder: string): Promise<string[]> {
  const names: string[] = [];
  let others = 0;
  const walk = async (inside: string, depth: number): Promise<void> => {
    const entries = await readdir(join(folder, inside), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (depth > 1 && ["ENOENT", "ENOTDIR"].includes(error.code!)) return []; // it went meanwhile
      return fail("FILE_NOT_FOUND", `The files of ${folder} can't be listed: ${error.message}.`, error);
    });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith(".")) continue;
      const name = inside + entry.name;
      if (entry.isDirectory() && depth < MAX_DEPTH) await walk(`${name}/`, depth + 1);
      else if (
        (isOfModels(name) || others++ < MAX_OTHERS) &&
        (entry.isFile() || (entry.isSymbolicLink() && (await isFile(join(folder, name)))))
      )
        names.push(name);
    }
  };
  await walk("", 1);
  return names;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

/** Opens a file to be read in pieces; `undefined` where there is none. */
export async function openIfThere(path: string): Promise<OpenFile | undefined> {
  if (!(await isFile(path))) return undefined;
  return openSource(path);
}
