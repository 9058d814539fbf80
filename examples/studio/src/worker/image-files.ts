import type { FileStore, ImageDataset } from "@rsdix/data";

/** What notebooks and version control keep beside one's files. */
export const HIDDEN = /(^|\/)\./;
const IMAGE = /\.(jpe?g|png|webp|gif|tiff?)$/i;

/** The images of a captions' file that can be used, and those that can't. */
export interface FoundImages {
  /** Each file once, with all its captions, whatever names the rows give it. */
  readonly dataset: ImageDataset;
  /** Images that aren't there, or can't be decoded. */
  readonly left: readonly string[];
  /** Images whose names several files have, any of which may be meant. */
  readonly unclear: readonly SeveralFiles[];
  /** The same of those that are taken from the folder that has most of the images. */
  readonly guessed: readonly SeveralFiles[];
}

/** A name that several files have; where one of them is taken, it is the first. */
interface SeveralFiles {
  readonly filename: string;
  readonly paths: readonly string[];
}

/**
 * Finds the files of a data set that a captions' file describes: in the folder that has most of them, else beside the captions' file, from the top, or wherever one
 * file has that name.
 *
 * @param store all files, those too that can't be decoded
 * @param annotation the captions' file among them
 * @param open opens the data set
 * @param unusable files that can't be decoded
 */
export async function withTheirFiles(
  store: FileStore,
  annotation: string,
  open: (store: FileStore) => Promise<ImageDataset>,
  unusable: ReadonlySet<string>,
): Promise<FoundImages> {
  const all = await store.names();
  const there = new Set(all);
  // Names may begin with the folder that was dropped, or that a zip file was packed of.
  const top = `${store.name.replace(/\.zip$/i, "")}/`;
  const pathOf = (name: string) => (there.has(name) || !name.startsWith(top) ? name : name.slice(top.length));
  const stamp = async (name: string) => pathOf(name); // by which a file is found that lies below the data set's folder
  const namedByTop: FileStore = {
    ...store,
    names: async () => [...all, ...all.map((name) => top + name)],
    read: (name, options) => store.read(pathOf(name), options),
    stamp,
  };
  const dataset = await open({ ...store, stamp }).catch((error: unknown) =>
    open(namedByTop).catch(() => {
      throw error; // which is of the names that there are
    }),
  );
  const { files } = dataset;
  const within = new Set(await files.names());
  const find = finder(all, annotation.slice(0, annotation.lastIndexOf("/") + 1), pathOf);
  const byPath = new Map<string, ImageDataset["images"][number]>();
  const left: string[] = [];
  const unclear: SeveralFiles[] = [];
  const guessed: SeveralFiles[] = [];
  for (const image of dataset.images) {
    const { filename } = image;
    const found = find(filename);
    const inFolder = within.has(filename) ? await files.stamp!(filename) : undefined;
    const path = inFolder ?? found[0];
    if (inFolder === undefined && found.length > 1) unclear.push({ filename, paths: found });
    else if (path === undefined || unusable.has(path)) left.push(filename);
    else {
      const others = found.filter((each) => each !== path);
      if (others.length > 0) guessed.push({ filename, paths: [path, ...others] });
      const before = byPath.get(path); // two images of one file would be each other's wrong answers
      byPath.set(path, before ? { ...before, sentences: [...before.sentences, ...image.sentences] } : image);
    }
  }
  const paths = new Map([...byPath].map(([path, { filename }]) => [filename, path]));
  const images = [...byPath.values()].map((image, imgid) => ({ ...image, imgid }));
  return { dataset: { ...dataset, images, files: renamed(store, files.name, paths) }, left, unclear, guessed };
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
function finder(all: readonly string[], folder: string, pathOf: (name: string) => string): (filename: string) => readonly string[] {
  const there = new Set(all);
  const byName = new Map<string, string[]>();
  for (const path of all) {
    if (!IMAGE.test(path) || HIDDEN.test(path)) continue;
    const name = folded(path.slice(path.lastIndexOf("/") + 1));
    byName.set(name, [...(byName.get(name) ?? []), path]);
  }
  return (filename) => {
    const exact = [folder + filename, filename, pathOf(filename)].find((path) => there.has(path));
    if (exact !== undefined) return [exact];
    const ends = (path: string, name: string) => path === name || path.endsWith(`/${name}`);
    const wanted = folded(filename);
    const named = byName.get(wanted.slice(wanted.lastIndexOf("/") + 1)) ?? [];
    const alike = named.filter((path) => ends(folded(path), wanted));
    // The nearest first: those below the captions' file, and those that are written as it says to the letter.
    const narrower = [(path: string) => path.startsWith(folder), (path: string) => ends(path, filename)];
    return narrower.reduce((paths, isNearer) => (paths.some(isNearer) ? paths.filter(isNearer) : paths), alike);
  };
}

/** A name without what systems write in different ways: accents, and capital letters. */
export const folded = (name: string) => name.normalize("NFC").toLowerCase();
