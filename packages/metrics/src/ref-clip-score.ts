import { checkPairs } from "./check-captions";
import { clipScoreOfCosine, refClipScoreOf } from "./clip-formula";
import { type ClipScoreOptions, checkImages, embedWithImages, readClipOptions } from "./clip-score";
import { cosineOf } from "./embed-texts";
import { mean } from "./mean";

/** Result of {@link refClipScore}. */
export interface RefClipScoreResult {
  /** Mean over the images. */
  refClipScore: number;
  /** The score of each image, from 0 to 2 · weight / (weight + 1), in the order given. */
  perImage: number[];
  /** The CLIPScore of each image, which is one half of it. */
  clipScores: number[];
}

/**
 * RefCLIPScore: the harmonic mean of CLIPScore and of the largest cosine between the candidate and a reference, negative ones
 * counting as 0.
 *
 * Both encoders are injected as for `clipScore`, and the prefix stands before references, too. For embeddings that are there
 * already see `refClipScoreOfEmbeddings`.
 *
 * @param candidates The caption to judge, one an image.
 * @param references For each image its reference captions, at least one.
 * @param images The images, in whatever form the encoder takes.
 * @param options Those of `clipScore`.
 * @returns The mean, the score of each image, and its CLIPScore.
 * @throws RsdixError as `clipScore` does, and `EMPTY_DATA` for an image without references.
 * @example
 * ```ts
 * import { refClipScore } from "@rsdix/metrics";
 * const embedTexts = (texts: readonly string[]) => texts.map((text) => (text.includes("lake") ? [1, 0] : [0.6, 0.8])); // in place of a model
 * const embedImages = (images: readonly URL[]) => images.map(() => [0.8, 0.6]);
 * const image = new URL("file:///lake.png");
 * const { refClipScore: score, clipScores } = await refClipScore(["a lake ."], [["a pond ."]], [image], { embedImages, embedTexts });
 * console.log(score, clipScores);
 * ```
 * @see Hessel et al., "CLIPScore: a reference-free evaluation metric for image captioning", 2021, https://arxiv.org/abs/2104.08718
 */
export async function refClipScore<Image>(
  candidates: readonly string[],
  references: readonly (readonly string[])[],
  images: readonly Image[],
  options: ClipScoreOptions<Image>,
): Promise<RefClipScoreResult> {
  const settings = readClipOptions(options, "refClipScore");
  checkPairs(candidates, references);
  checkImages(images, candidates.length);
  const perImage: number[] = [];
  const clipScores: number[] = [];
  const groups = candidates.map((candidate, i) => [candidate, ...references[i]!]);
  for await (const { image, texts } of embedWithImages(images, groups, settings, "refClipScore")) {
    const [candidate, ...ofImage] = texts;
    const clip = clipScoreOfCosine(cosineOf(image, candidate!), settings.weight);
    clipScores.push(clip);
    perImage.push(refClipScoreOf(clip, Math.max(...ofImage.map((reference) => cosineOf(candidate!, reference)))));
  }
  return { refClipScore: mean(perImage), perImage, clipScores };
}
