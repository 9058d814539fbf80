import { fail, show } from "@rsdix/internal";
import { type ByteSource, readExactly } from "../checkpoint/byte-source";
import { listNames } from "../checkpoint/checkpoint";
import { isOtherWeights, KNOWN_FILES, MAX_SIDE_BYTES, SAVING_FILE } from "./known-files";

/** How far a download is. */
export interface DownloadProgress {
  /** The file that a piece came of, as the model names it. */
  readonly file: string;
  /** How many of its bytes are here, those of an earlier, interrupted download among them. */
  readonly loaded: number;
  /** How many bytes it has. */
  readonly total: number;
  /** The same for all files that were asked for so far; files that were in the cache count as loaded. */
  readonly overall: { readonly loaded: number; readonly total: number };
}

/** The files that a model is loaded from, wherever they lie: a folder, a model of the hub, a URL, files that a user chose. */
export interface ModelFiles {
  /** Where they are from, for messages: a path, a URL, `org/name@commit`. */
  readonly origin: string;
  /** The commit of the hub that they are of; `undefined` where they are from elsewhere. With it in the id the same files are loaded again. */
  readonly revision: string | undefined;
  /**
   * The names of all files when they were first asked for, `/` between folders; of a URL those of a model's usual files that are there, of a folder all that
   * a model may be read from and at most 20,000 others.
   */
  names(): Promise<readonly string[]>;
  /**
   * Opens a file to be read in pieces; what isn't here yet is downloaded first.
   *
   * @param name Its name, for example `"config.json"` or `"1_Pooling/config.json"`.
   * @returns The file, or `undefined` where there is none of that name.
   * @throws INVALID_ARGUMENT when the name leads out of the folder or the files were closed; FILE_CORRUPT when what came isn't what was
   * announced; DOWNLOAD_FAILED, WRITE_FAILED, ABORTED.
   */
  open(name: string): Promise<ByteSource | undefined>;
  /**
   * Reads a text file.
   *
   * @param name Its name.
   * @returns The text, or `undefined` where there is none of that name.
   * @throws What `open` throws; FILE_CORRUPT when it isn't UTF-8; FILE_TOO_LARGE beyond 64 MB.
   */
  text(name: string): Promise<string | undefined>;
  /**
   * Brings files here, several at once, so that opening them takes no time.
   *
   * @param names Their names.
   * @throws FILE_NOT_FOUND when there is no file of a name, OFFLINE when it isn't in the cache and nothing may be downloaded; what `open` throws.
   */
  fetch(names: readonly string[]): Promise<void>;
  /** Closes the files that were opened; reading from them afterwards is INVALID_ARGUMENT. */
  close(): Promise<void>;
}

/** Files that other programs may replace, as those of a folder. */
export interface WatchedFiles extends ModelFiles {
  /**
   * Why files that were opened may be of two models, to follow their origin in a message: what was opened, or which of a model's files there
   * are, isn't any more what it was, or they are being exchanged; `undefined` where they are of one. Other files come and go.
   */
  change(): Promise<string | undefined>;
}

/** A file that is given back when it was read. */
export interface OpenFile extends ByteSource {
  close(): Promise<void>;
  /** Whether there is another file of its name now. */
  isReplaced?(): Promise<boolean>;
}

/** What a kind of source does itself; the rest is the same for all of them. */
export interface FileProvider {
  readonly origin: string;
  readonly revision?: string;
  names(): Promise<readonly string[]>;
  open(name: string): Promise<OpenFile | undefined>;
  /** These will be opened: they count in the progress from now on. */
  expect?(names: readonly string[]): void;
  /** Why a file isn't there; an error of the provider's own where it knows better than "no such file". */
  missing?(names: readonly string[]): Promise<never>;
  /** How many files are opened at once by `fetch`. */
  readonly parallel: number;
}

const CHANGING = "changes while it is read: another program saves to it. Load it again when that is done";
const UNFINISHED =
  "has a save in it that isn't finished, so that its files may be of two models. Where no program saves to it now, " +
  `save the model again, or remove ${SAVING_FILE} from it if its files are those that you want`;

/** Files as the provider has them: each opened once, names checked, everything closed at the end. */
export function filesOf(provider: FileProvider): WatchedFiles {
  const opened = new Map<string, Promise<OpenFile | undefined>>();
  let listed: Promise<readonly string[]> | undefined;
  let closed = false;

  const open = (name: string): Promise<OpenFile | undefined> => {
    checkAskedName(name);
    if (closed) fail("INVALID_ARGUMENT", `The files of ${provider.origin} were closed: open ${name} before.`);
    const known = opened.get(name);
    if (known) return known;
    const opening = provider.open(name);
    opened.set(name, opening);
    opening.catch(() => opened.delete(name)); // what failed may be tried again
    return opening;
  };
  const allNames = () => {
    listed ??= provider.names();
    listed.catch(() => {
      listed = undefined;
    });
    return listed;
  };
  return {
    origin: provider.origin,
    revision: provider.revision,
    names: allNames,
    open: async (name) => open(name),
    text: async (name) => {
      const source = await open(name);
      return source && decodeText(source, `${name} of ${provider.origin}`);
    },
    fetch: async (names) => {
      if (!Array.isArray(names)) fail("INVALID_ARGUMENT", `fetch takes an array of file names, got ${show(names)}.`);
      for (const name of names) checkAskedName(name);
      provider.expect?.(names);
      const found = await pooled(names, provider.parallel, async (name) => (await open(name)) !== undefined);
      const missing = names.filter((_, i) => !found[i]);
      if (missing.length === 0) return;
      await provider.missing?.(missing);
      fail("FILE_NOT_FOUND", `There is no ${listNames(missing)} in ${provider.origin}. It has: ${listNames([...(await allNames())], 20)}.`);
    },
    change: async () => {
      if (listed === undefined) return undefined;
      const after = await provider.names().catch(() => undefined); // why there is none to be seen the next reading says
      if (after === undefined) return CHANGING;
      if (after.includes(SAVING_FILE)) return UNFINISHED;
      const files = await Promise.allSettled(opened.values());
      for (const file of files) if (file.status === "fulfilled" && (await file.value?.isReplaced?.())) return CHANGING;
      const ofModel = (all: readonly string[]) => all.filter((name) => KNOWN_FILES.includes(name) || isOtherWeights(name)).join("\n");
      return ofModel(await listed) === ofModel(after) ? undefined : CHANGING;
    },
    close: async () => {
      closed = true;
      const files = await Promise.allSettled(opened.values());
      opened.clear();
      for (const file of files) if (file.status === "fulfilled") await file.value?.close();
    },
  };
}

/** Maps with a few at a time; after the first failure nothing more is begun, and that failure is thrown when all have come to rest. */
async function pooled<T, R>(items: readonly T[], parallel: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const errors: unknown[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length && errors.length === 0) {
      const i = next++;
      try {
        results[i] = await work(items[i]!);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, worker));
  if (errors.length > 0) throw errors[0];
  return results;
}

async function decodeText(source: ByteSource, what: string): Promise<string> {
  if (source.size > MAX_SIDE_BYTES) {
    fail("FILE_TOO_LARGE", `${what} has ${source.size} bytes; a text of at most ${MAX_SIDE_BYTES} was expected.`);
  }
  const bytes = await readExactly(source, 0, source.size);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    return fail("FILE_CORRUPT", `${what} isn't UTF-8 text.`, error);
  }
}

/** What is wrong with a relative name: nothing, where it stays below its folder on every system. */
export function nameProblem(name: unknown): string | undefined {
  if (typeof name !== "string" || name === "" || name.length > 1024) return "it isn't a text of 1 to 1024 characters";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\x00-\x1f\x7f\\]/.test(name)) return "it has a backslash or a control character";
  if (/^[a-z]:/i.test(name)) return "it begins with a drive";
  if (name.split("/").some((part) => part === "" || part === "." || part === "..")) return "it leads out of its folder";
  return undefined;
}

function checkAskedName(name: string): void {
  const problem = nameProblem(name);
  if (problem) {
    const shown = typeof name === "string" ? JSON.stringify(name) : show(name);
    fail("INVALID_ARGUMENT", `A file is asked for by its name below the model's folder, got ${shown}: ${problem}.`);
  }
}
