import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { onEachBackend } from "../../../test/tensors";
import { withoutLeak } from "../test/leaks";
import { minilmFolder } from "../test/minilm";
import { ALL_MINILM_L6_V2, resolveSentenceBertConfig } from "./bert-config";
import { parseSafetensors } from "./checkpoint/safetensors";
import golden from "./fixtures/minilm.json";
import { SentenceBert } from "./sentence-bert";

const folder = minilmFolder();
const WIDTH = 384;
const fixture = parseSafetensors(readFileSync(new URL("./fixtures/minilm.safetensors", import.meta.url)));
const expected = fixture.tensors.get("embeddings")!.data;

if (!folder) {
  describe("SentenceBert with all-MiniLM-L6-v2's weights", () => {
    it.skip("skipped: the weights are absent; golden/README.md says how to fetch them, RSDIX_MINILM names their folder", () => undefined);
  });
} else {
  onEachBackend("SentenceBert with all-MiniLM-L6-v2's weights", (backend) => {
    // Plain JavaScript would take minutes: there the odd ones at the end, all but the longest.
    const [first, last] = backend === "cpu" ? [90, 99] : [0, 100];
    it(`embeds ${last - first} captions as sentence-transformers does`, () =>
      withoutLeak(async () => {
        const digest = createHash("sha256")
          .update(readFileSync(`${folder}/model.safetensors`))
          .digest("hex");
        expect(digest, "other weights than the golden values are of").toBe(golden.sha256);
        using bert = await SentenceBert.fromPretrained(folder);
        expect(bert.config).toEqual(resolveSentenceBertConfig(ALL_MINILM_L6_V2));
        expect(bert.tokenizer?.contextLength).toBe(256); // of sentence_bert_config.json, not the 512 of config.json
        const texts = golden.captions.slice(first, last);
        const embeddings = await bert.embedTexts(texts, { batchSize: 25 });
        for (const [i, text] of texts.entries()) {
          const wanted = expected.subarray((first + i) * WIDTH, (first + i + 1) * WIDTH);
          expect(cosine(embeddings.subarray(i * WIDTH, (i + 1) * WIDTH), wanted), text).toBeGreaterThanOrEqual(0.99999);
        }
      }));
  });
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}
