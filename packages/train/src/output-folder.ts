import { constants, type Stats, statSync } from "node:fs";
import { access, mkdir, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { makeFolders, pathOf, realPath } from "@rsdix/data/node";
import { fail, IMAGE_NAME } from "@rsdix/internal";
import { isImage } from "./image-bytes";
import { textThere } from "./read-file";

/** Before anything is computed: may the files be written there? */
export async function checkFree(folder: string, files: readonly string[], force: boolean): Promise<void> {
  await checkFolder(folder);
  for (const name of force ? [] : files) {
    const path = join(folder, name);
    const there = await stat(path).catch(() => undefined);
    if (there) fail("INVALID_ARGUMENT", `${path} is there already: give --force to replace it, or another --out.`);
  }
}

/** Before anything is computed: may this file be written, or made, with its folder? */
export async function checkWritable(path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory() || /[\\/]$/.test(path)) fail("WRITE_FAILED", `${path} cannot be written: it is a folder.`);
  if (there && !there.isFile()) fail("WRITE_FAILED", `${path} cannot be written: it is a device, a pipe or a socket. Name a file.`);
  if (there) await access(path, constants.W_OK).catch((cause) => fail("WRITE_FAILED", `Writing to ${path} is not permitted.`, cause));
  await checkFolder(dirname(path));
}

/** Do two names stand for one file, also through links, and where letters' case makes no difference? */
export function isSamePath(one: string, other: string): boolean {
  return realPath(one).toLowerCase() === realPath(other).toLowerCase();
}

/** What a command reads. */
export interface Inputs {
  /** Files. */
  readonly files?: readonly (string | undefined)[];
  /** Folders of images, or zip files with them. */
  readonly images?: readonly (string | undefined)[];
  /** Models: folders, files or ids of the hub. */
  readonly models?: readonly (string | undefined)[];
}

/** How weights of a model are called, and what says how they are to be used. */
const WEIGHTS = /\.(safetensors|bin|pth?|ckpt|index\.json)$/i;
const SIDE_FILE = /^((\w*config\w*|\w*tokens\w*|tokenizer|vocab|modules)\.json|(merges|vocab)\.txt|.+\.model)$/i;
/** In which of a model's folders there are more of them: a captioner's encoder, modules of sentence-transformers. */
const PART = /^(encoder|\d+_\w+)$/i;

/**
 * Refuses an output that is one of the files that are read, also through links, or is an image, or called as one or as a file of a model, beside those that
 * are: these would be gone.
 */
export function refuseInputs(outputs: readonly (string | undefined)[], inputs: Inputs): void {
  const [files, images, models] = [inputs.files, inputs.images, inputs.models].map(pathsOf) as [string[], string[], string[]];
  const given = [...files, ...images, ...models].filter((path) => !statOf(path)?.isDirectory()); // that an output can't be a folder is said elsewhere
  for (const output of outputs) {
    if (output === undefined) continue;
    const places = [join(realPath(dirname(output)), basename(output)), realPath(output)]; // as it is called, and where a link leads
    const same = given.find((path) => isSamePath(path, output));
    const ofImages = images.find((folder) => places.some((place) => (IMAGE_NAME.test(place) || isImage(place)) && isWithin(place, folder)));
    const ofModel = models.find((model) => places.some((place) => isPartOf(place, model)));
    const what =
      same ?? (ofImages !== undefined ? `an image of ${ofImages}` : ofModel !== undefined ? `a part of the model ${ofModel}` : undefined);
    if (what !== undefined)
      fail("INVALID_ARGUMENT", `${output} is read as ${what}, and would be replaced by what comes of it: name another file.`);
    if (isImage(output)) fail("INVALID_ARGUMENT", `${output} is an image, which is not replaced: name another file.`); // which a link may make one of those
  }
}

/** What was given as paths, also from the home folder and as URLs of files. */
function pathsOf(given: readonly (string | undefined)[] = []): string[] {
  return given.flatMap((name) => (name === undefined ? [] : [pathOf(name)]));
}

/** What is there; nothing of what can't be looked at, which is said where it is read. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // it lies below a file, for one
  }
}

function isWithin(place: string, folder: string): boolean {
  return place.toLowerCase().startsWith(join(realPath(folder), sep).toLowerCase());
}

/** Whether a path is called as what a model is read from: of a folder's own files and those of its parts, or of what lies beside a file of weights. */
function isPartOf(place: string, model: string): boolean {
  const isFile = statOf(model)?.isFile() === true;
  const [folder, name] = [dirname(place), basename(place)];
  if (isFile) {
    return isSamePath(dirname(model), folder) && (SIDE_FILE.test(name) || (model.endsWith(".json") && WEIGHTS.test(name)));
  }
  if (basename(model) === "model" && isSamePath(place, join(dirname(model), "config.yaml"))) return true; // of a run, which is found by it
  const isIn = isSamePath(folder, model) || (PART.test(basename(folder)) && isSamePath(dirname(folder), model));
  return isIn && (SIDE_FILE.test(name) || WEIGHTS.test(name));
}

/** What stands in a file's place. */
export interface Replaced {
  /** Whether it may be anything. */
  readonly force: boolean | undefined;
  /** Whether a text is what the command itself writes there. */
  readonly isOurs: (text: string) => boolean;
  /** What that is, for messages: "a report". */
  readonly wanted: string;
}

/** Before anything is computed: refuses to replace a file that is none of ours. An earlier result may be replaced. */
export async function refuseForeign(path: string, { force, isOurs, wanted }: Replaced): Promise<void> {
  if (force) return;
  const text = await textThere(path, "a file to write");
  if (text === undefined || text.trim() === "" || isOurs(text)) return;
  fail("INVALID_ARGUMENT", `${path} is there already and is not ${wanted}: give --force to replace it, or name another file.`);
}

/** Is the folder there to be written to, or may it be made? The first folder on the way is made to see it, and taken away again. */
async function checkFolder(folder: string): Promise<void> {
  refuseAddress(folder);
  let missing: string | undefined;
  for (let path = resolve(folder); ; path = dirname(path)) {
    const there = await stat(path).catch(() => undefined);
    if (there && !there.isDirectory()) failToMake(folder, "a file is in its place");
    if (there || path === dirname(path)) break;
    missing = path;
  }
  if (missing === undefined) {
    await access(folder, constants.W_OK).catch((cause) => fail("WRITE_FAILED", `Writing to the folder ${folder} is not permitted.`, cause));
    return;
  }
  const made = await mkdir(missing).then(
    () => true,
    (cause: NodeJS.ErrnoException) => (cause.code === "EEXIST" ? false : failToMake(folder, cause.message, cause)), // another command was quicker
  );
  if (made) await rmdir(missing).catch(() => undefined);
}

/** Makes a folder where there is none. */
export async function makeFolder(folder: string): Promise<void> {
  refuseAddress(folder);
  await makeFolders(folder).catch((cause: NodeJS.ErrnoException) =>
    failToMake(folder, cause.code === "EEXIST" || cause.code === "ENOTDIR" ? "a file is in its place" : cause.message, cause),
  );
}

/** As a path, an address would be a folder of an odd name. "https:/host" is what is left of one that was joined. */
function refuseAddress(folder: string): void {
  if (/^[a-z][a-z\d+.-]+:\/\/?/i.test(folder))
    fail("INVALID_ARGUMENT", `${folder} is an address, and results are written to files: give a path, as of where a store is mounted.`);
}

function failToMake(folder: string, why: string, cause?: Error): never {
  fail("WRITE_FAILED", `The folder ${folder} cannot be made: ${why}.`, cause);
}
