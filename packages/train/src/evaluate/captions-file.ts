import { checkOptions, fail, show } from "@rsdix/internal";
import { checkText } from "../check-given";

/** Captions of images, as files of captions hold them. */
export interface CaptionsFile {
  /** Who wrote them: the model's name, where the file has it. */
  model?: string;
  /** An image each. */
  images: {
    /** The image's name. */
    filename: string;
    /** What the model says. */
    caption: string;
    /** What people say; none where the file has no references. */
    references: string[];
  }[];
}

/** Options of `stringifyCaptions`. */
export interface StringifyCaptionsOptions {
  /** "evaluation": a list, with references and the model's name; "inference": an object, `{ "1.png": ["a lake ."] }`. As evaluation unless told otherwise. */
  layout?: "evaluation" | "inference";
}

/**
 * Captions in the layouts of the original. Its evaluation exports a list with `filename`, `preds` and `reference_captions` of each image, both lists of one,
 * and the model's name in the last image's place; here the name comes after that image, so that nothing is lost. Its inference writes captions by file name.
 *
 * @param captions The captions.
 * @param options Which layout.
 * @returns JSON.
 * @throws INVALID_ARGUMENT when there is no such layout, and for what is no captions, naming the image; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { stringifyCaptions } from "@rsdix/train";
 * console.log(stringifyCaptions({ model: "b32", images: [{ filename: "1.png", caption: "a lake .", references: ["a blue lake ."] }] }));
 * ```
 * @see RSDiX, https://github.com/NeuRoNeLab/RSDiX-CLIP
 */
export function stringifyCaptions(captions: CaptionsFile, options: StringifyCaptionsOptions = {}): string {
  const { layout = "evaluation" } = checkOptions(options, ["layout"], "stringifyCaptions");
  if (layout !== "evaluation" && layout !== "inference")
    fail("INVALID_ARGUMENT", `layout must be "evaluation" or "inference", got ${show(layout)}.`);
  const { model, images } = checked(captions);
  const rows = images.map(({ filename, caption, references }) => ({ filename, preds: [caption], reference_captions: [references] }));
  const list = model === undefined ? rows : [...rows, { model_basename: model }];
  const named = () => Object.fromEntries(images.map(({ filename, caption }) => [filename, [caption]]));
  return `${JSON.stringify(layout === "inference" ? named() : list, null, 1)}\n`;
}

/**
 * Reads captions: as `stringifyCaptions` or the original's evaluation write them, or as captioning does, `{ "filename": ["caption"] }`, which has no
 * references.
 *
 * @param json The file's text.
 * @param where Its name, for messages.
 * @returns The captions. Of a file of the original the last image is missing: its place has the model's name.
 * @throws FILE_CORRUPT naming the entry that is wrong; EMPTY_DATA without any; INVALID_ARGUMENT for what is no text.
 * @example
 * ```ts
 * import { parseCaptions } from "@rsdix/train";
 * const { images } = parseCaptions('{"1.png": ["a lake ."]}', "captions.json");
 * console.log(images[0]?.caption); // a lake .
 * ```
 * @see RSDiX, https://github.com/NeuRoNeLab/RSDiX-CLIP
 */
export function parseCaptions(json: string, where: string): CaptionsFile {
  checkText(json, "parseCaptions: the file's content");
  const value = parse(json, where);
  if (typeof value !== "object" || value === null)
    fail("FILE_CORRUPT", `${where} must be a list or an object of captions, got ${show(value)}.`);
  const list = Array.isArray(value) ? [...value] : undefined;
  const model = modelOf(list?.at(-1));
  if (model !== undefined) list!.pop();
  const images = list
    ? list.map((entry, i) => listed(entry, `${where}, entry ${i}`))
    : Object.entries(value).map((pair) => named(pair, where));
  if (images.length === 0) fail("EMPTY_DATA", `${where} has no caption: it is an empty ${list ? "list" : "object"}.`);
  const seen = new Set<string>();
  for (const { filename } of images) {
    if (seen.has(filename)) fail("FILE_CORRUPT", `${where} has captions of ${JSON.stringify(filename)} twice.`);
    seen.add(filename);
  }
  return { ...(model !== undefined && { model }), images };
}

/** Whether a text is what `stringifyCaptions` or the original write: not any JSON of names and texts, which `parseCaptions` takes, too. */
export function isCaptions(json: string): boolean {
  try {
    parseCaptions(json, "");
    return /^\s*\[/.test(json) || Object.values(JSON.parse(json) as object).every(Array.isArray);
  } catch {
    return false;
  }
}

type Image = CaptionsFile["images"][number];

/** Captions, once all of them are found to be there. */
function checked(captions: CaptionsFile): CaptionsFile {
  const { model, images } = (captions ?? {}) as Partial<CaptionsFile>;
  if (!Array.isArray(images)) {
    const got = captions ? `images that are ${show(images)}` : show(captions);
    fail("INVALID_ARGUMENT", `stringifyCaptions needs captions, { model, images: [{ filename, caption, references }] }, got ${got}.`);
  }
  if (model !== undefined && typeof model !== "string")
    fail("INVALID_ARGUMENT", `stringifyCaptions: model must be a name, got ${show(model)}.`);
  for (const [i, image] of images.entries()) {
    const { filename, caption, references } = (image ?? {}) as Partial<Image>;
    const wrong = Object.entries({ filename, caption }).find(([, text]) => typeof text !== "string");
    if (wrong) fail("INVALID_ARGUMENT", `stringifyCaptions: images[${i}].${wrong[0]} must be a text, got ${show(wrong[1])}.`);
    if (!isTexts(references))
      fail("INVALID_ARGUMENT", `stringifyCaptions: images[${i}].references must be a list of texts, got ${show(references)}.`);
  }
  return captions;
}

/** The last entry, where it is the model's name. */
function modelOf(last: unknown): string | undefined {
  const name = typeof last === "object" && last !== null && !("preds" in last) && "model_basename" in last ? last.model_basename : last;
  return typeof name === "string" ? name : undefined;
}

function listed(entry: unknown, where: string): Image {
  const { filename, preds, reference_captions: given = [] } = (entry ?? {}) as Record<string, unknown>;
  if (typeof filename !== "string") fail("FILE_CORRUPT", `${where} must have a filename, got ${show(filename)}.`);
  const references = Array.isArray(given) && given.length === 1 && Array.isArray(given[0]) ? given[0] : given;
  if (!isTexts(references))
    fail("FILE_CORRUPT", `${where} (${filename}): reference_captions must be a list of texts, or a list of one such list.`);
  return { filename, caption: captionOf(preds, `${where} (${filename}): preds`), references };
}

function named([filename, captions]: [string, unknown], where: string): Image {
  return { filename, caption: captionOf(captions, `${where}: ${JSON.stringify(filename)}`), references: [] };
}

/** A text, or a list of one. */
function captionOf(value: unknown, where: string): string {
  const one = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return typeof one === "string" ? one : fail("FILE_CORRUPT", `${where} must be a caption or a list of one, got ${shown(value)}.`);
}

/** As it stands in the file, cut where it is long. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)} ...` : text;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function parse(json: string, where: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    return fail(
      "FILE_CORRUPT",
      `${where} is no file of captions: it is no JSON (${(error as Error).message}). Give one that "rsdix caption" or "rsdix eval clipcap" wrote.`,
      error,
    );
  }
}
