import type { ImageProcessor, RgbImage } from "@rsdix/image";
import { fail, show } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import type { TextTokenizer } from "./tokenizers/text-tokenizer";

/** The model's tokenizer. Throws where it has none, or what was set as one makes no ids; by what it does, as a program may have two copies of a class. */
export function requireTokenizer<T extends TextTokenizer>(tokenizer: T | undefined): T {
  if (tokenizer === undefined) {
    fail("INVALID_ARGUMENT", "The model has no tokenizer: its files had none. Set its tokenizer, for example from tokenizer.json.");
  }
  if (typeof tokenizer?.encodeBatch === "function" && typeof tokenizer.tokenId === "function") return tokenizer;
  return fail("INVALID_ARGUMENT", `The model's tokenizer must be one like ClipTokenizer.fromJson(json), got ${show(tokenizer)}.`);
}

/** Throws unless it makes pixels of images. */
export function checkProcessor(processor: ImageProcessor): void {
  if (typeof processor?.process === "function" && typeof processor.config === "object") return;
  fail(
    "INVALID_ARGUMENT",
    `The model's processor must be an ImageProcessor, like ImageProcessor.fromConfig(json), got ${show(processor)}.`,
  );
}

/** Images as a batch of a model that sees `size` x `size` pixels. */
export function pixelsOf(processor: ImageProcessor, images: RgbImage[], size: number): tf.Tensor4D {
  const values = processor.process(images);
  const shape: [number, number, number, number] = [images.length, 3, size, size];
  if (values?.length === tf.util.sizeFromShape(shape)) return tf.tensor4d(values, shape);
  const { resize, crop } = processor.config;
  const to = JSON.stringify(crop ?? resize ?? "as they come");
  const expected = `The model sees ${size} x ${size} pixels, and its processor made images of other sizes`;
  return fail("SHAPE_MISMATCH", `${expected} (${to}, ${values?.length} numbers). Set a processor that resizes or crops to that size.`);
}
