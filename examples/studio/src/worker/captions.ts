import { captionsCsv, captionsJsonLines, type FileStore, type ImageDataset, karpathy } from "@rsdix/data";
import { breather } from "../breather";
import type { CaptionsState, Progress } from "../protocol";
import { type FoundImages, folded, HIDDEN, IMAGE, type ImagesPlace, withTheirFiles } from "./image-files";
import { WEIGHTS } from "./model-words";
import { upright } from "./pixels";

/** All images train: what the user gives is what is learned from. */
const SPLIT = { train: 100, val: 0, seed: 1 } as const;
const TABLE = /\.(csv|tsv)$/i;
const LINES = /\.jsonl$/i;
const JSON_FILE = /\.json$/i;
/** What models have beside their weights: no captions. */
const MODELS_OWN =
  /(^|\/)(package|config|open_clip_config|(pre)?processor_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|generation_config|vocab|modules|.+\.index)\.json$/i;
/** Images, of kinds too that can't be shown: a text of their very name is theirs. */
const PICTURE = /\.(jpe?g|png|webp|gif|tiff?|bmp|avif|hei[cf]|jp2)$/i;
/** A folder may have a file with data beside each image. */
const MOST_TRIED = 20;
/** Bytes of a text beside an image. */
const MOST_TEXT = 1 << 20;

/** A captions file that was not taken, and why. */
interface PassedOver {
  readonly name: string;
  readonly reason: string;
}

/** The captions among files, if there are any. */
interface FoundCaptions {
  readonly found?: { readonly dataset: ImageDataset; readonly state: CaptionsState };
  /** What is to be known of those that were taken. */
  readonly about: readonly string[];
  readonly passed: readonly PassedOver[];
}

/** Whether a file is one of a model's. */
export const isModelsOwn = (name: string): boolean => MODELS_OWN.test(name) || WEIGHTS.test(name);

/**
 * The captions among files: a table, JSON lines, a data set's JSON, or a text beside each image; those with the documented names first.
 * Images that can't be decoded are in none of them.
 */
export async function findCaptions(
  files: FileStore,
  unusable: ReadonlySet<string>,
  { emit, signal }: { readonly emit: (progress: Progress) => void; readonly signal: AbortSignal },
): Promise<FoundCaptions> {
  const names = await files.names();
  const store: FileStore = {
    name: files.name,
    names: async () => names, // with what can't be decoded: captions of a damaged image are of no other
    async read(name, options) {
      const bytes = await files.read(name, options);
      return IMAGE.test(name) ? upright(bytes) : bytes; // what is trained on is what is shown
    },
    close: () => files.close(),
  };
  const isShown = (name: string) => IMAGE.test(name) && !HIDDEN.test(name) && !unusable.has(name);
  const passed: PassedOver[] = [];
  const about: string[] = [];
  const wasStopped = signal.aborted;
  const candidates = candidatesAmong(names);
  for (const [i, name] of candidates.slice(0, MOST_TRIED).entries()) {
    try {
      const images = await withTheirFiles(store, name, {
        open: (from, place) => read(from, name, { ...place, ...(!wasStopped && { signal }) }), // what was there by then is still to be described
        isShown,
        onProgress: (done, total) => emit({ what: name, done, total }),
        signal,
      });
      const found = withUsable(images, name, about);
      for (const other of candidates.slice(i + 1)) passed.push({ name: other, reason: `captions are taken from ${name}` });
      return { found, about, passed };
    } catch (error) {
      if (signal.aborted && !wasStopped) throw error;
      passed.push({ name, reason: inWordsOfThePage((error as Error).message) });
    }
  }
  for (const name of candidates.slice(MOST_TRIED)) passed.push({ name, reason: `only ${MOST_TRIED} files are tried` });
  const texts = names.filter((name) => /\.txt$/i.test(name) && !HIDDEN.test(name));
  const onProgress = (done: number, total: number) => emit({ what: "texts beside the images", done, total });
  const pictures = names.filter((name) => PICTURE.test(name) && !HIDDEN.test(name));
  const beside = await besideImages(store, { pictures, texts, isShown }, passed, { onProgress, signal });
  return { ...(beside && { found: described(beside, "text files beside the images") }), about, passed };
}

/** Files that may hold captions: captions.csv and captions.jsonl, then other tables, lines and JSON; those nearest to the top first. */
function candidatesAmong(names: readonly string[]): string[] {
  const base = (name: string) => name.slice(name.lastIndexOf("/") + 1).toLowerCase();
  const ranks = [
    (name: string) => base(name) === "captions.csv",
    (name: string) => base(name) === "captions.jsonl",
    (name: string) => TABLE.test(name),
    (name: string) => LINES.test(name),
    (name: string) => JSON_FILE.test(name) && !MODELS_OWN.test(name),
  ];
  const rank = (name: string) => ranks.findIndex((matches) => matches(name));
  const depth = (name: string) => name.split("/").length;
  const visible = names.filter((name) => !HIDDEN.test(name) && rank(name) >= 0);
  return visible.sort((a, b) => rank(a) - rank(b) || depth(a) - depth(b)); // stable: names are in order
}

function read(store: FileStore, name: string, more: Partial<ImagesPlace> & { readonly signal?: AbortSignal }): Promise<ImageDataset> {
  const options = { split: SPLIT, onError: "skip", annotations: name, ...more } as const;
  if (TABLE.test(name)) return captionsCsv(store, options);
  return LINES.test(name) ? captionsJsonLines(store, options) : karpathy(store, options);
}

/** The captions of images that are there and can be decoded; of others it is said that they are left out. */
function withUsable({ dataset, left, unclear, guessed, elsewhere }: FoundImages, name: string, about: string[]) {
  const all = dataset.images.length + left.length + unclear.length;
  const either = ({ filename, paths }: FoundImages["unclear"][number]) =>
    `${filename} may be ${paths.slice(0, 2).join(" or ")}${paths.length > 2 ? ", or others" : ""}`;
  const several = unclear[0] && either(unclear[0]);
  const say = (what: string) => about.push(`${name}: ${what}.`);
  if (dataset.images.length === 0) {
    const why = left[0] === undefined ? several : `the first: ${left[0]}`;
    throw new Error(`none of its ${all} images is here and can be used (${why})`);
  }
  for (const first of guessed.slice(0, 1))
    say(
      `several files have the names of ${guessed.length} of its ${all} images (${either(first)}): taken are those of the folder nearby that has most, such as ${first.paths[0]}`,
    );
  for (const { filename, paths } of elsewhere.slice(0, 1))
    say(`${elsewhere.length} of its ${all} images are not in its folder but elsewhere (for ${filename} ${paths[0]} is taken)`);
  if (left.length > 0)
    say(`captions of ${left.length} of its ${all} images are left out, as these aren't here or can't be used (the first: ${left[0]})`);
  if (several)
    say(
      `captions of ${unclear.length} of its ${all} images are left out, as several files have that name (${several}): write the folder too`,
    );
  const skipped = dataset.skipped ?? [];
  for (const { where, message } of skipped.slice(0, 1)) {
    const first = inWordsOfThePage(message.startsWith(where) ? message : `${where}: ${message}`).replace(/\.$/, "");
    say(
      skipped.length === 1
        ? `1 of its entries is left out (${first})`
        : `${skipped.length} of its entries are left out (the first: ${first})`,
    );
  }
  return described(dataset, name);
}

/** What the library tells programmers of its options isn't for who is at the page. */
const inWordsOfThePage = (message: string) =>
  message
    .replace(', or skip it with onError "skip"', "")
    .replace(/Say where they are with images\.$/, "Drop the captions and their images together.");

interface BesideNames {
  readonly pictures: readonly string[];
  readonly texts: readonly string[];
}

/** `lake.txt` beside `lake.png`: a caption a line. A text that can't be read costs the captions of its own image only. */
async function besideImages(
  store: FileStore,
  { isShown, ...names }: BesideNames & { isShown(name: string): boolean },
  passed: PassedOver[],
  { onProgress, signal }: { onProgress: (done: number, total: number) => void; signal: AbortSignal },
): Promise<ImageDataset | undefined> {
  const beside = textsBeside(names, passed).filter(([picture]) => isShown(picture));
  const images: ImageDataset["images"][number][] = [];
  const breathe = breather(signal);
  for (const [i, [filename, file]] of beside.entries()) {
    if (await breathe()) onProgress(i, beside.length);
    try {
      const lines = (await textOf(store, file)).split(/\r?\n/).filter((line) => line.trim() !== "");
      if (lines.length > 0) images.push({ filename, imgid: images.length, split: "train", sentences: lines.map((raw) => ({ raw })) });
    } catch (error) {
      passed.push({ name: file, reason: (error as Error).message });
    }
  }
  return images.length > 0 ? { dataset: store.name, images, files: store } : undefined;
}

/**
 * Pictures, shown or not, with the texts beside them: of the same name to the letter, else of what is left of the one that is alike but for capital letters and
 * accents. Folders that differ in these are different folders, and where several are alike none is taken.
 */
function textsBeside({ pictures, texts }: BesideNames, passed: PassedOver[]): readonly (readonly [picture: string, text: string])[] {
  const stem = (name: string) => name.replace(/\.[^./]+$/, "");
  const alike = (name: string) => {
    const start = name.lastIndexOf("/") + 1;
    return name.slice(0, start) + folded(stem(name).slice(start));
  };
  const exact = new Map<string, string>();
  for (const name of [...texts].sort((a, b) => Number(b.endsWith(".txt")) - Number(a.endsWith(".txt")))) {
    const first = exact.get(stem(name));
    if (first === undefined) exact.set(stem(name), name);
    else passed.push({ name, reason: `captions are taken from ${first}` });
  }
  const stems = new Set(pictures.map(stem));
  const others = grouped(
    [...exact].flatMap(([own, name]) => (stems.has(own) ? [] : [name])),
    alike,
  );
  const waiting = grouped(
    pictures.filter((name) => !exact.has(stem(name))),
    alike,
  );
  const isUnclear = (key: string) => others.has(key) && (others.get(key)!.length > 1 || new Set(waiting.get(key)?.map(stem)).size > 1);
  for (const [key, [first]] of waiting) {
    if (!isUnclear(key)) continue;
    const files = [...waiting.get(key)!, ...others.get(key)!].slice(1, 4).join(", ");
    passed.push({
      name: first!,
      reason: `it isn't clear which text is its own, as names differ in capital letters alone (${files}): rename them`,
    });
  }
  return pictures.flatMap((name) => {
    const text = exact.get(stem(name)) ?? (isUnclear(alike(name)) ? undefined : others.get(alike(name))?.[0]);
    return text === undefined ? [] : [[name, text] as const];
  });
}

function grouped(names: readonly string[], keyOf: (name: string) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const group = groups.get(keyOf(name));
    if (group) group.push(name);
    else groups.set(keyOf(name), [name]);
  }
  return groups;
}

async function textOf(store: FileStore, name: string): Promise<string> {
  const bytes = await store.read(name, { maxBytes: MOST_TEXT });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error("the text isn't UTF-8: save it as UTF-8");
  }
}

function described(dataset: ImageDataset, source: string) {
  const captions = dataset.images.reduce((sum, { sentences }) => sum + sentences.length, 0);
  return { dataset, state: { source, images: dataset.images.length, captions } };
}
