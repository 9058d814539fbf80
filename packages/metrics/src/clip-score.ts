import { checkRange, fail, show } from "@rsdix/internal";
import { checkCaptions } from "./check-captions";
import { CLIP_WEIGHT, clipScoreOfCosine } from "./clip-formula";
import { type BatchOptions, readBatchOptions, Tally } from "./distinct-batches";
import { cosineOf, type Embed, type EmbedTexts, embedGroups } from "./embed-texts";
import { mean } from "./mean";
import { showKeys } from "./show-keys";

/** Options of {@link clipScore}. */
export interface ClipScoreOptions<Image> extends BatchOptions {
  /** The image encoder: whatever `images` holds in, embeddings out. */
  readonly embedImages: Embed<Image>;
  /** The text encoder of the same model. */
  readonly embedTexts: EmbedTexts;
  /** Written before each caption, with a blank between; "A photo depicts" when left out, as in the paper, and "" for nothing. */
  readonly prefix?: string | undefined;
  /** What the cosine is multiplied by; 2.5 when left out. */
  readonly weight?: number | undefined;
}

const CLIP_OPTIONS = ["embedImages", "embedTexts", "prefix", "weight"] as const;

/** Result of {@link clipScore}. */
export interface ClipScoreResult {
  /** Mean over the images. */
  clipScore: number;
  /** The score of each image, from 0 to `weight`, in the order given. */
  perImage: number[];
}

/**
 * CLIPScore: how well a caption fits its image, without references: 2.5 · max(cos(image, caption), 0) of the embeddings of a
 * CLIP model. Scores of different models are not comparable; published ones are of OpenAI's ViT-B/32.
 *
 * The pair of encoders is injected; with `Clip` of `@rsdix/models` it is `(images, options) => clip.embedImages(images, options)`
 * and `(texts, options) => clip.embedTexts(texts, options)`. Each distinct caption and image is embedded once (images are told
 * apart as values are in a Set). For embeddings that are there already see `clipScoreOfEmbeddings`.
 *
 * @param candidates The caption to judge, one an image.
 * @param images The images, in whatever form the encoder takes: pixels, files, paths.
 * @param options `embedImages`, `embedTexts`, `prefix` ("A photo depicts"), `weight` (2.5), `batchSize` (64), `onProgress` (counts
 * distinct captions and images) and `signal`.
 * @returns The mean and the score of each image.
 * @throws RsdixError `SHAPE_MISMATCH` when the two lists differ in length, or an encoder gives another number of embeddings or
 * another width, `EMPTY_DATA` without images, `INVALID_ARGUMENT` for a caption that is not a string, no encoder or a weight that
 * is not positive, `NOT_A_NUMBER` for an embedding that is not finite, `ABORTED`, `UNKNOWN_OPTION`. What an encoder throws comes
 * through as it is.
 * @example
 * ```ts
 * import { clipScore } from "@rsdix/metrics";
 * const embedTexts = (texts: readonly string[]) => texts.map((text) => (text.includes("lake") ? [1, 0] : [0, 1])); // in place of a model
 * const embedImages = (images: readonly URL[]) => images.map(({ pathname }) => (pathname.includes("lake") ? [0.8, 0.6] : [0, 1]));
 * const { clipScore: score } = await clipScore(["a lake ."], [new URL("file:///lake.png")], { embedImages, embedTexts });
 * console.log(score); // 2.5 times 0.8
 * ```
 * @see Hessel et al., "CLIPScore: a reference-free evaluation metric for image captioning", 2021, https://arxiv.org/abs/2104.08718
 */
export async function clipScore<Image>(
  candidates: readonly string[],
  images: readonly Image[],
  options: ClipScoreOptions<Image>,
): Promise<ClipScoreResult> {
  const settings = readClipOptions(options, "clipScore");
  checkCaptions(candidates, "candidates");
  checkImages(images, candidates.length);
  const perImage: number[] = [];
  const groups = candidates.map((candidate) => [candidate]);
  for await (const { image, texts } of embedWithImages(images, groups, settings, "clipScore")) {
    perImage.push(clipScoreOfCosine(cosineOf(image, texts[0]!), settings.weight));
  }
  return { clipScore: mean(perImage), perImage };
}

/** The options of a CLIP score, checked, with what is left out filled in. */
export function readClipOptions<Image>(options: ClipScoreOptions<Image>, where: string) {
  const settings = readBatchOptions(options, CLIP_OPTIONS, where);
  const { prefix = "A photo depicts", weight = CLIP_WEIGHT } = settings;
  if (typeof prefix !== "string") fail("INVALID_ARGUMENT", `prefix must be a text, "" for none, got ${show(prefix)}.`);
  checkRange(weight, "weight", { min: Number.MIN_VALUE });
  return { ...settings, prefix, weight };
}

/** Throws unless there is an image for each candidate. */
export function checkImages(images: readonly unknown[], candidates: number): void {
  if (!Array.isArray(images)) fail("INVALID_ARGUMENT", `images must be an array of images, got ${showKeys(images)}.`);
  if (images.length !== candidates) {
    fail("SHAPE_MISMATCH", `There must be one candidate an image, got ${candidates} candidates and ${images.length} images.`);
  }
}

/** Embeds images and their texts side by side, and yields those of one image after the other. */
export async function* embedWithImages<Image>(
  images: readonly Image[],
  texts: readonly (readonly string[])[],
  settings: ReturnType<typeof readClipOptions<Image>>,
  where: string,
) {
  const { prefix, embedImages, embedTexts } = settings;
  const start = prefix === "" || /\s$/.test(prefix) ? prefix : `${prefix} `;
  const tally = new Tally(settings, where);
  const groups = texts.map((group) => group.map((text) => start + text));
  const ofTexts = embedGroups(groups, embedTexts, "embedTexts", settings, tally);
  const ofImages = embedGroups(
    images.map((image) => [image]),
    embedImages,
    "embedImages",
    settings,
    tally,
  );
  for await (const [image] of ofImages) {
    const { value } = await ofTexts.next();
    const first = value![0]!;
    if (image!.values.length !== first.values.length) {
      fail(
        "SHAPE_MISMATCH",
        `Images and texts must have embeddings of one width, got ${image!.values.length} and ${first.values.length}. Are both encoders of one model?`,
      );
    }
    yield { image: image!, texts: value! };
  }
}
