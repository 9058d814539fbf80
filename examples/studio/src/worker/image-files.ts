import type { FileStore, ImageDataset } from "@rsdix/data";
import { breather } from "../breather";

/** What notebooks and version control keep beside one's files. */
export const HIDDEN = /(^|\/)\./;
/** The images that are shown. */
export const IMAGE = /\.(jpe?g|png|webp|gif|tiff?)$/i;
/** What a folder of images in the captions' own is called. */
const IMAGES = "images/";

/** The images of a captions' file that can be used, and those that can't. */
export interface FoundImages {
  /** Each file once, with all its captions, whatever names the rows give it. */
  readonly dataset: ImageDataset;
  /** Images that aren't there, or aren't shown: hidden ones, those of kinds that aren't read, and those that can't be decoded. */
  readonly left: readonly string[];
  /** Images whose names several files have, any of which may be meant. */
  readonly unclear: readonly NamedFiles[];
  /** The same of those that are taken from the folder that has most of the images. */
  readonly guessed: readonly NamedFiles[];
  /** Images that are neither where their names say nor in the captions' folder, and the only files that have these names. */
  readonly elsewhere: readonly NamedFiles[];
}

/** A name and files that have it; where one of them is taken, it is the first. */
interface NamedFiles {
  readonly filename: string;
  readonly paths: readonly string[];
}

/** The folder of a data set's images, and whether they lie in further ones that it tells apart from their names. */
export interface ImagesPlace {
  readonly images: string;
  readonly inFolders: boolean;
}

/** How the files of a captions' file are found. */
export interface FindingFiles {
  /** Opens the data set; the library finds how its images lie, unless it is told it. */
  open(store: FileStore, images?: ImagesPlace): Promise<ImageDataset>;
  /** Whether an image is shown: what isn't, isn't trained on. */
  isShown(path: string): boolean;
  /** Told how many of the images are found. */
  onProgress(done: number, total: number): void;
  readonly signal: AbortSignal;
}

/**
 * Finds the files of a data set that a captions' file describes: those in its own folder just as they are written, or in `images` in it; then those of the
 * folder that has most of them, the nearest first; else from the top, or wherever one file has that name.
 *
 * @param store all files, those too that can't be decoded
 * @param annotation the captions' file among them
 * @param finding how they are found
 */
export async function withTheirFiles(store: FileStore, annotation: string, finding: FindingFiles): Promise<FoundImages> {
  const { isShown, onProgress, signal } = finding;
  const all = await store.names();
  const there = new Set(all);
  const folder = annotation.slice(0, annotation.lastIndexOf("/") + 1);
  // Names may begin with the folder that was dropped, or that a zip file was packed of.
  const top = `${store.name.replace(/\.zip$/i, "")}/`;
  const pathOf = (name: string) => (there.has(name) || !name.startsWith(top) ? name : name.slice(top.length));
  const find = finder(all, folder, pathOf);
  const { dataset, noFolder } = await openWith(store, all, { ...finding, top, pathOf, find });
  const { files } = dataset;
  const within = new Set(noFolder ? [] : await files.names());
  const byPath = new Map<string, ImageDataset["images"][number][]>();
  const left: string[] = [];
  const unclear: NamedFiles[] = [];
  const guessed: NamedFiles[] = [];
  const elsewhere: NamedFiles[] = [];
  const breathe = breather(signal);
  for (const [i, image] of dataset.images.entries()) {
    if (await breathe()) onProgress(i, dataset.images.length);
    const { filename } = image;
    const written = [folder + filename, folder + IMAGES + filename].find((path) => there.has(path));
    const found = written === undefined ? find(filename) : [written];
    const inFolder = written === undefined && within.has(filename) ? await files.stamp!(filename) : undefined;
    const path = inFolder ?? found[0];
    if (inFolder === undefined && found.length > 1) unclear.push({ filename, paths: found });
    else if (path === undefined || !isShown(path)) left.push(filename);
    else {
      const others = found.filter((each) => each !== path);
      if (others.length > 0) guessed.push({ filename, paths: [path, ...others] });
      else if ((inFolder === undefined || !path.startsWith(folder)) && !isWhereSaid(path, filename))
        elsewhere.push({ filename, paths: [path] });
      const before = byPath.get(path); // two images of one file would be each other's wrong answers
      if (before) before.push(image);
      else byPath.set(path, [image]);
    }
  }
  if (noFolder && byPath.size === 0 && unclear.length === 0) throw noFolder;
  const paths = new Map([...byPath].map(([path, [first]]) => [first!.filename, path]));
  const images = [...byPath.values()].map((same, imgid) => ({
    ...same[0]!,
    imgid,
    sentences: same.flatMap(({ sentences }) => sentences),
  }));
  return { dataset: { ...dataset, images, files: renamed(store, files.name, paths) }, left, unclear, guessed, elsewhere };

  function isWhereSaid(path: string, filename: string): boolean {
    const said = [folder + filename, folder + IMAGES + filename, ...(filename.startsWith(top) ? [pathOf(filename)] : [])];
    return said.some((name) => folded(name) === folded(path));
  }
}

/**
 * Opens a data set with the folder of its images; where names begin with the top's, with that; and where no folder has any of them, or several as many, without
 * one, and why.
 */
async function openWith(
  store: FileStore,
  all: readonly string[],
  { open, top, pathOf, find }: FindingFiles & { readonly top: string; readonly pathOf: (name: string) => string; readonly find: Find },
): Promise<{ readonly dataset: ImageDataset; readonly noFolder?: Error }> {
  const stamp = async (name: string) => pathOf(name); // by which a file is found that lies below the data set's folder
  const namedByTop: FileStore = {
    ...store,
    names: async () => [...all, ...all.map((name) => top + name)],
    read: (name, options) => store.read(pathOf(name), options),
    stamp,
  };
  const unlisted: FileStore = {
    ...store,
    names: () => Promise.reject(Object.assign(new Error("The images are found one by one."), { code: "INVALID_ARGUMENT" })),
  };
  try {
    return { dataset: await open({ ...store, stamp }) };
  } catch (error) {
    const orThrow = () => {
      throw error; // which is of the names that there are
    };
    const { code } = error as { code?: unknown };
    if (code !== "FILE_NOT_FOUND" && code !== "INVALID_ARGUMENT") throw error;
    if (code === "FILE_NOT_FOUND") {
      const dataset = await open(namedByTop).catch(() => undefined);
      if (dataset) return { dataset };
    }
    const openOneByOne = (inFolders: boolean) => open(unlisted, { images: "", inFolders }).catch(orThrow);
    const dataset = await openOneByOne(true);
    // What a file says of folders that aren't here is of another place, where they were.
    const areHere = dataset.images.some(({ filename }) => find(filename).length > 0);
    return { dataset: areHere ? dataset : await openOneByOne(false), noFolder: error as Error };
  }
}

/** Files of a store under other names. */
function renamed(store: FileStore, name: string, paths: ReadonlyMap<string, string>): FileStore {
  return {
    name,
    names: async () => [...paths.keys()],
    read: (filename, options) => store.read(paths.get(filename) ?? filename, options),
    close: () => store.close(),
  };
}

/** Finds the file of a name: several where it may be any of them, none where there is none. */
type Find = (filename: string) => readonly string[];

function finder(all: readonly string[], folder: string, pathOf: (name: string) => string): Find {
  const there = new Set(all);
  const visible = all.filter((path) => IMAGE.test(path) && !HIDDEN.test(path)).map((path) => ({ path, parts: folded(path).split("/") }));
  /** Files by the last parts of their paths, one map for each number of parts that is asked for: of one base name there may be thousands. */
  const byEnd = new Map<number, Map<string, string[]>>();
  const endingWith = (parts: number) => {
    const known = byEnd.get(parts);
    if (known) return known;
    const made = new Map<string, string[]>();
    for (const { path, parts: own } of visible) {
      if (own.length < parts) continue;
      const end = own.slice(-parts).join("/");
      const same = made.get(end);
      if (same) same.push(path);
      else made.set(end, [path]);
    }
    byEnd.set(parts, made);
    return made;
  };
  return (filename) => {
    // A bare name says nothing of the top: it is looked for everywhere.
    const exact = filename.includes("/") ? [filename, pathOf(filename)].find((path) => there.has(path)) : undefined;
    if (exact !== undefined) return [exact];
    const wanted = folded(filename);
    const alike = endingWith(wanted.split("/").length).get(wanted) ?? [];
    // The nearest first: those below the captions' file, and those that are written as it says to the letter.
    const narrower = [(path: string) => path.startsWith(folder), (path: string) => path === filename || path.endsWith(`/${filename}`)];
    return narrower.reduce((paths, isNearer) => (paths.some(isNearer) ? paths.filter(isNearer) : paths), alike);
  };
}

/** A name without what systems write in different ways: accents, and capital letters. */
export const folded = (name: string) => name.normalize("NFC").toLowerCase();
