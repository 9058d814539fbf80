import { createRandom } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import { clipScoreOfEmbeddings, refClipScoreOfEmbeddings } from "./clip-embeddings";
import { fense } from "./fense";
import { refClipScore } from "./ref-clip-score";
import { averagePrecision } from "./retrieval/average-precision";
import { retrievalRecall } from "./retrieval/retrieval-recall";
import { similarityMSE } from "./retrieval/similarity-mse";

const random = createRandom(8);

/** Any Unicode string, halves of surrogate pairs and control characters included. */
const text = () => String.fromCharCode(...Array.from({ length: random.int(12) }, () => random.int(random.int(2) ? 128 : 65_536)));

/** An encoder with no sense: from a text's characters to numbers of any size, often zero and often alike. */
function embed(texts: readonly string[]): number[][] {
  return texts.map((one) =>
    [0, 1, 2].map(
      (d) =>
        [...one].reduce((sum, character, i) => sum + Math.sin(character.codePointAt(0)! * (d + 1) + i), 0) * 10 ** (one.length * 9 - 50),
    ),
  );
}

/** Values of any size that double precision can square, zeros and equal rows among them. */
function rows(count: number, dim: number): number[] {
  const pool = Array.from({ length: 3 }, () => random.normal() * 10 ** (random.int(200) - 100));
  return Array.from({ length: count * dim }, () => (random.int(3) ? pool[random.int(3)]! : 0));
}

function expectWithin(values: readonly number[], low: number, high: number) {
  const wrong = values.filter((value) => !(value >= low - 1e-9 && value <= high + 1e-9));
  expect(wrong).toEqual([]);
}

describe("whatever comes, scores are finite and within their range", () => {
  it("10,000 pairs of any strings", async () => {
    const candidates = Array.from({ length: 10_000 }, text);
    const references = candidates.map((candidate) =>
      Array.from({ length: 1 + random.int(3) }, () => (random.int(10) ? text() : candidate)),
    );
    const fluencyErrors = (texts: readonly string[]) => texts.map(({ length }) => length / 12);
    const scores = await fense(candidates, references, { embed, fluencyErrors, batchSize: 1000 });
    expectWithin(scores.perImage, -1, 1);
    expectWithin(scores.sbertSims, -1, 1);
    const options = { embedImages: embed, embedTexts: embed, prefix: "", batchSize: 1000 };
    const clip = await refClipScore(candidates, references, candidates.toReversed(), options);
    expectWithin(clip.clipScores, 0, 2.5);
    expectWithin(clip.perImage, 0, 5 / 3.5);
  });

  it("embeddings of any size, with zeros and ties", async () => {
    for (let round = 0; round < 500; round++) {
      const [n, dim] = [1 + random.int(6), 1 + random.int(4)];
      const owner = Array.from({ length: n + random.int(6) }, (_, t) => (t < n ? t : random.int(n)));
      const [image, others] = [rows(n, dim), rows(owner.length, dim)];
      const recall = retrievalRecall(image, others, owner, { dim, ks: [1, n], tieTolerance: round % 2 ? 0 : 1e-6 });
      expectWithin([...Object.values(recall.imageToText), ...Object.values(recall.textToImage), recall.meanRecall], 0, 1);
      expect(recall.textToImage[n]).toBe(1);
      expectWithin(clipScoreOfEmbeddings(rows(n, dim), image, { dim }).perImage, 0, 2.5);
      expectWithin(refClipScoreOfEmbeddings(rows(n, dim), others, owner, image, { dim }).perImage, 0, 5 / 3.5);
      const mse = await similarityMSE({ image, text: rows(n, dim), sentence: rows(n, 2) }, { dim });
      expectWithin([mse.similarityMSE, mse.imageImage, mse.imageText, mse.textText], 0, 4);
      expectWithin([averagePrecision(image, [1, ...image.slice(1).map(() => random.int(2))])], Number.MIN_VALUE, 1);
    }
  });
});
