import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { onEachBackend } from "../../../test/tensors";
import { GOLDEN } from "../test/against-golden";
import { goldenCheckpoint } from "../test/golden";
import { withoutLeak } from "../test/leaks";
import { beamSearch } from "./beam-search";
import { ClipCap } from "./clipcap";
import clipcapGolden from "./fixtures/clipcap.json";
import golden from "./fixtures/decoding.json";
import { type Generated, greedy } from "./generation";
import { Gpt2 } from "./gpt2";
import type { Gpt2Decoding } from "./gpt2-decoding";
import { padTokens } from "./token-batch";

const { stop, maxTokens } = clipcapGolden;
const tokensOf = (texts: readonly { tokens: readonly number[] }[]) => texts.map(({ tokens }) => tokens);

/** The golden captioner in the middle of decoding, after the prefixes of all images. */
async function decoding<T>(search: (decoding: Gpt2Decoding) => Promise<T>): Promise<T> {
  using clipcap = ClipCap.fromCheckpoint(clipcapGolden.config, goldenCheckpoint(clipcapGolden.weights));
  const { shape, values } = clipcapGolden.many;
  const prompt = tf.tidy(() => clipcap.prefix(tf.tensor2d(values, shape as [number, number])));
  using decoding = clipcap.gpt2.decode(prompt);
  prompt.dispose();
  return await search(decoding);
}

function expectSame(texts: readonly Generated[], expected: readonly { tokens: number[]; score: number }[]): void {
  expect(tokensOf(texts)).toEqual(tokensOf(expected));
  expect(texts.map(({ score }) => score)).toBeAllclose(
    expected.map(({ score }) => score),
    GOLDEN,
  );
}

onEachBackend("Decoding agrees with transformers", () => {
  it("greedily, with penalties on repetition and without runs that repeat", () =>
    withoutLeak(async () => {
      for (const { options, stop: stops, tokens } of golden.greedy) {
        const texts = await decoding((model) => greedy(model, { stop: stops ? [stop] : [], maxTokens, ...options }));
        expect(tokensOf(texts), JSON.stringify(options)).toEqual(tokens);
      }
    }));

  it("in beam search, in all of its texts and their scores", () =>
    withoutLeak(async () => {
      for (const { beams, options, texts } of golden.beams) {
        const found = await decoding((model) => beamSearch(model, { beams, stop: [], maxTokens, ...options }));
        expectSame(found.flat(), texts.flat());
      }
    }));

  it("in the ranking of all texts that there are, by powers of their length", () =>
    withoutLeak(async () => {
      const { config, weights, prompts, maxTokens, exhaustive } = golden.tiny;
      using gpt2 = Gpt2.fromCheckpoint(config, goldenCheckpoint(weights));
      for (const { lengthPenalty, texts } of exhaustive) {
        const prompt = gpt2.embed(padTokens(prompts, 0));
        using model = gpt2.decode(prompt);
        prompt.dispose();
        const found = await beamSearch(model, { beams: 256, stop: [0], maxTokens, lengthPenalty });
        expectSame(found.flat(), texts.flat());
      }
    }));
});
