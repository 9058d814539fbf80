import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Tokenizer } from "@huggingface/tokenizers";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { onEachBackend } from "../../../test/tensors";
import { withoutLeak } from "../test/leaks";
import { minilmFolder } from "../test/minilm";
import { ALL_MINILM_L6_V2 } from "./bert-config";
import { parseSafetensors } from "./checkpoint/safetensors";
import { readSafetensors } from "./checkpoint/safetensors-node";
import golden from "./fixtures/minilm.json";
import { SentenceBert } from "./sentence-bert";
import { padTokens } from "./token-batch";

const folder = minilmFolder();
const MAX_TOKENS = 256; // of the model's sentence_bert_config.json
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
        const tokenizer = new Tokenizer(JSON.parse(readFileSync(`${folder}/tokenizer.json`, "utf8")), {});
        using bert = SentenceBert.fromCheckpoint(ALL_MINILM_L6_V2, (await readSafetensors(`${folder}/model.safetensors`)).tensors);
        for (let start = first; start < last; start += 25) {
          const texts = golden.captions.slice(start, Math.min(start + 25, last));
          const rows = texts.map((text) => {
            const { ids } = tokenizer.encode(text);
            return ids.length > MAX_TOKENS ? [...ids.slice(0, MAX_TOKENS - 1), ids.at(-1)!] : ids;
          });
          const embeddings = tf.tidy(() => bert.encode(padTokens(rows, 0)).dataSync());
          for (const [i, text] of texts.entries()) {
            const wanted = expected.subarray((start + i) * WIDTH, (start + i + 1) * WIDTH);
            expect(cosine(embeddings.subarray(i * WIDTH, (i + 1) * WIDTH), wanted), text).toBeGreaterThanOrEqual(0.99999);
          }
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
