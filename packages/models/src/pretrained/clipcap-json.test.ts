import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { onEachBackend } from "../../../../test/tensors";
import { withoutLeak } from "../../test/leaks";
import { newFolder } from "../../test/model-folders";
import { ClipCap, type ClipCapConfig, Gpt2Tokenizer, Vocabulary } from "../index";
import { detectModel } from "./detect-model";

const tokenizer = Gpt2Tokenizer.fromBpe({ merges: [] });
const gpt2 = { vocabSize: tokenizer.vocabSize, contextLength: 24, width: 128, layers: 1, heads: 4 }; // by its width it would have 2
const config: ClipCapConfig = { prefixSize: 8, prefixLength: 2, gpt2, mapper: { layers: 1, heads: 2, clipLength: 3 } }; // of 8
const TOKENS = [...new Set([..."a sea."].flatMap((letter) => tokenizer.encode(letter)))].sort((a, b) => a - b);

/** A captioner's folder, and what its config.json says. */
async function saved(vocabulary?: Vocabulary) {
  using captioner = ClipCap.fromConfig(config, 1, vocabulary);
  captioner.tokenizer = tokenizer;
  const folder = await newFolder();
  await captioner.save(folder);
  const path = join(folder, "config.json");
  const json = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  return { folder, json, write: (changed: object) => writeFile(path, JSON.stringify({ ...json, ...changed })) };
}

onEachBackend("A captioner's config.json", () => {
  it("of the demo's first captioners tells its heads and tokens too", () =>
    withoutLeak(async () => {
      const { folder, write } = await saved();
      await write({ model_type: "clipcap", vocabulary: TOKENS });
      using loaded = await ClipCap.fromPretrained(folder);
      expect([loaded.config.gpt2.heads, loaded.config.mapper]).toEqual([4, { layers: 1, heads: 2, clipLength: 3 }]);
      expect([...loaded.parameters.vocabulary!.ids!]).toEqual(TOKENS);
      expect(await detectModel(folder)).toBe("clipcap");
    }));

  it("has the tokens of a captioner that predicts only some, and says the same when loaded", () =>
    withoutLeak(async () => {
      const { folder, json } = await saved(Vocabulary.compact(tokenizer.vocabSize, TOKENS));
      expect(json.vocabulary).toEqual(TOKENS);
      using loaded = await ClipCap.fromPretrained(folder);
      expect(loaded.gpt2.vocabulary.length).toBe(TOKENS.length);
      using whole = await ClipCap.fromPretrained(folder, { vocabulary: Vocabulary.full(tokenizer.vocabSize) }); // who asks for others has them
      expect(whole.gpt2.vocabulary.length).toBe(tokenizer.vocabSize);
      expect((await saved()).json).not.toHaveProperty("vocabulary");
    }));

  it.each([
    ["no list", { vocabulary: 3 }, "vocabulary must be a list of token ids, got 3"],
    ["an empty one", { vocabulary: [] }, "A compact vocabulary needs at least one token id"],
    ["a token that the model has not", { vocabulary: [1, 257] }, "A token id must be a whole number .*got 257"],
    ["a token that is no number", { vocabulary: ["a"] }, "A token id must be .*got a"],
  ])("is refused with %s as its tokens", async (_, part, message) => {
    const { folder, write } = await saved();
    await write(part);
    await withoutLeak(() =>
      expect(ClipCap.fromPretrained(folder)).rejects.toEqual(
        refusal("FILE_CORRUPT", new RegExp(`config\\.json of .* can't be used: ${message}`)),
      ),
    );
  });

  it("takes no memory for a table that the weights have not", async () => {
    const { folder, write } = await saved();
    await write({ gpt2: { ...gpt2, vocabSize: 2 ** 23 }, vocabulary: TOKENS });
    await withoutLeak(() => expect(ClipCap.fromPretrained(folder)).rejects.toEqual(refusal("CHECKPOINT_MISMATCH", /wte\.weight/)));
  });
});
