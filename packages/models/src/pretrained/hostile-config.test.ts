import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { onEachBackend } from "../../../../test/tensors";
import { attempt } from "../../test/attempt";
import { newFolder } from "../../test/model-folders";
import { ClipCap } from "../index";

const gpt2 = { vocabSize: 9, contextLength: 12, width: 8, layers: 1, heads: 2 };
const config = { prefixSize: 4, prefixLength: 2, gpt2 };

onEachBackend("A captioner's config.json", () => {
  it.each([
    ["100,000 blocks of GPT-2", { gpt2: { ...gpt2, layers: 1e5 } }, "layers"],
    ["a billion blocks of GPT-2", { gpt2: { ...gpt2, layers: 1e9 } }, "layers"],
    ["a billion blocks of a mapper", { mapper: { layers: 1e9, heads: 2 } }, "mapper\\.layers"],
  ])("of %s is refused at once", async (_, part, name) => {
    using clipcap = ClipCap.fromConfig(config, 1);
    const folder = await newFolder();
    await clipcap.save(folder);
    await writeFile(join(folder, "config.json"), JSON.stringify({ model_type: "rsdix_clipcap", ...config, ...part }));
    const { error, seconds } = await attempt(() => ClipCap.fromPretrained(folder));
    expect(error).toEqual(refusal("FILE_CORRUPT", new RegExp(`config\\.json of .*: ${name} must be .* at most 1024`)));
    expect(seconds).toBeLessThan(1);
  });
});
