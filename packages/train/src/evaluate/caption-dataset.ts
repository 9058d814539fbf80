import { type BatchesOptions, batches, type ImageDataset } from "@rsdix/data";
import { checkOptions, createRandom, fail, show } from "@rsdix/internal";
import type { CaptionOptions, ClipCap } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { checkTexts, withMethod } from "../check-given";

/** Options of `captionDataset`. */
export interface CaptionDatasetOptions extends Pick<BatchesOptions, "split" | "workers" | "onError" | "onSkip" | "signal"> {
  /** How captions are decoded: greedily unless told otherwise. */
  decoding?: Omit<CaptionOptions, "batchSize" | "onProgress" | "signal">;
  /** Images in a batch; 32. */
  batchSize?: number;
}

/** The captions of a batch of images. */
export interface CaptionedImages {
  /** The images' names. */
  files: string[];
  /** What the model says of each. */
  captions: string[];
  /** What people say of each, as the data set has it; none in a data set without captions. */
  references: string[][];
  /** Images that are done, this batch's among them. */
  done: number;
  /** Images of the data set. */
  total: number;
}

/**
 * Captions the images of a data set, batch after batch.
 *
 * @param captioner A captioner with its encoder and tokenizer.
 * @param dataset Images, with or without captions.
 * @param options Split, decoding, batch size.
 * @returns The captions of each batch as they are made.
 * @throws INVALID_ARGUMENT when the captioner lacks its encoder or tokenizer; what `batches` throws of images; UNKNOWN_OPTION; ABORTED.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { Clip, ClipCap, Gpt2Tokenizer } from "@rsdix/models";
 * import type { ImageDataset } from "@rsdix/data";
 * import { encodePng } from "@rsdix/image/node";
 * import { captionDataset } from "@rsdix/train";
 * const tower = { width: 16, layers: 1, heads: 2 };
 * const tokenizer = Gpt2Tokenizer.fromBpe({ merges: [] });
 * const gpt2 = { vocabSize: tokenizer.vocabSize, contextLength: 16, width: 8, layers: 1, heads: 2 };
 * const captioner = ClipCap.fromConfig({ prefixSize: 8, prefixLength: 2, gpt2 }, 1);
 * captioner.tokenizer = tokenizer;
 * captioner.encoder = Clip.fromConfig({ embedDim: 8, image: { ...tower, size: 8, patch: 4 }, text: { ...tower, vocabSize: 10, contextLength: 6 } }, 1);
 * const png = await encodePng({ width: 8, height: 8, data: new Uint8Array(192) });
 * const files = { name: "memory", names: async () => ["1.png"], read: async () => png, close: async () => undefined };
 * const images = [{ filename: "1.png", imgid: 0, split: "test" as const, sentences: [] }];
 * const dataset: ImageDataset = { dataset: "tiny", images, files };
 * for await (const { files, captions } of captionDataset(captioner, dataset, { decoding: { maxTokens: 5 } })) console.log(files, captions);
 * ```
 */
export async function* captionDataset(
  captioner: ClipCap,
  dataset: ImageDataset,
  options: CaptionDatasetOptions = {},
): AsyncGenerator<CaptionedImages, void, undefined> {
  const {
    decoding = {},
    batchSize = 32,
    ...reading
  } = checkOptions(options, ["decoding", "batchSize", "split", "workers", "onError", "onSkip", "signal"], "captionDataset");
  const { encoder, tokenizer } = withMethod(captioner, "caption", "captionDataset takes a ClipCap");
  if (!encoder || !tokenizer)
    fail(
      "INVALID_ARGUMENT",
      `captionDataset: the captioner has no ${encoder ? "tokenizer" : "encoder"}: set it, or give it to fromPretrained.`,
    );
  if (dataset?.classes !== undefined) checkTexts(dataset.classes, "captionDataset: the data set's classes");
  if (show(decoding) !== "[object Object]")
    fail("INVALID_ARGUMENT", `captionDataset: decoding must be an object of options, got ${show(decoding)}.`);
  const { signal } = reading;
  const source = batches(dataset, { ...reading, batchSize, shuffle: false, preprocess: encoder.processor });
  let done = 0;
  for await (const { pixels, shape, records } of source) {
    const embedded = tf.tidy(() => encoder.encodeImage(tf.tensor4d(pixels, [...shape])));
    try {
      const how = { ...drawnFor(records[0]!.filename, decoding), batchSize, ...(signal && { signal }) };
      const captions = await captioner.caption(embedded, tokenizer, how);
      done += records.length;
      const references = records.map(({ sentences }) => sentences.map(({ raw }) => raw));
      yield { files: records.map(({ filename }) => filename), captions, references, done, total: source.size };
    } finally {
      embedded.dispose();
    }
  }
}

type Decoding = NonNullable<CaptionDatasetOptions["decoding"]>;

/** Each batch draws by itself, and the same ones when captioning goes on from it after a break: its seed is of its first image's name, too. */
function drawnFor(filename: string, decoding: Decoding): Decoding {
  if (!decoding.nucleus) return decoding;
  const seed = createRandom(decoding.nucleus.seed)
    .fork("captions")
    .fork(filename)
    .int(2 ** 32);
  return { ...decoding, nucleus: { ...decoding.nucleus, seed } };
}
