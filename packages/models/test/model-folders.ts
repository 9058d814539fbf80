import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { scratchFolder } from "../../../test/scratch-folder";
import { Clip, type ClipConfig, type Siglip, tokenizerJsonFromBpe } from "../src/index";

/** A folder with files, removed after the tests. */
export async function newFolder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = scratchFolder("file");
  await addFiles(folder, files);
  return folder;
}

/** Puts files into a folder: a tokenizer beside a model that was saved there without one. */
export async function addFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
}

export const tower = { width: 16, layers: 2, heads: 2 };
export const clipConfig: ClipConfig = {
  embedDim: 8,
  image: { ...tower, size: 16, patch: 4 },
  text: { ...tower, vocabSize: 516, contextLength: 12 },
};
const clipTokenizer = { "tokenizer.json": JSON.stringify(tokenizerJsonFromBpe({ merges: ["s e", "se a</w>"], kind: "clip" })) };

/** An image that is no square. */
export const image = (side: number) => ({
  width: side,
  height: side + 3,
  data: Uint8Array.from({ length: 3 * side * (side + 3) }, (_, i) => (i * 7) % 256),
});

/** Embeddings of two images of a model's size. */
export function encoded(model: Clip | Siglip, size: number): Float32Array {
  const pixels = Float32Array.from({ length: 2 * 3 * size * size }, (_, i) => Math.sin(i));
  return tf.tidy(() =>
    model
      .encodeImage(tf.tensor4d(pixels, [2, 3, size, size]))
      .dataSync<"float32">()
      .slice(),
  );
}

/** A CLIP in a folder, with its tokenizer. */
export async function clipFolder(options = {}): Promise<{ folder: string; embeddings: Float32Array }> {
  using clip = Clip.fromConfig(clipConfig, 1);
  const folder = await newFolder();
  await clip.save(folder, options);
  await addFiles(folder, clipTokenizer);
  return { folder, embeddings: encoded(clip, 16) };
}
