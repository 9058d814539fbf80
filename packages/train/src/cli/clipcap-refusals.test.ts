import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";
import { type TinyWorld, tinyWorld } from "../../test/tiny-world";

let folder: string;
let world: TinyWorld;

beforeAll(async () => {
  await startBackend("cpu");
  folder = scratchFolder("file");
  world = await tinyWorld(join(folder, "world"));
  await writeFile(join(folder, "broken.yaml"), "model: {prefix_length: [}\n");
});

describe.each(["fit", "lr-find"])("rsdix %s clipcap says what is wrong, before a folder is made:", (command) => {
  const run = (...more: string[]) =>
    cli([
      ...[command, "clipcap", "--model.model", world.clip, "--model.gpt_model", world.gpt2, "--model.prefix_length", "2"],
      ...["--model.max_length", "40", "--data.annotations_files", world.annotations, "--data.img_dirs", world.images],
      ...["--trainer.accelerator", "cpu", "--trainer.default_root_dir", join(folder, command)],
      ...(command === "lr-find" ? ["--out", join(folder, command), "--no-figure"] : []),
      ...more,
    ]);

  it.each([
    [
      "a metric that is not known",
      ["--model.metrics", "[blue]"],
      2,
      /INVALID_ARGUMENT: model\.metrics has "blue"\. While training, known are meteor, /,
    ],
    [
      "a field of CLIP's loss",
      ["--model.alpha", "0.1"],
      2,
      new RegExp(`INVALID_ARGUMENT: ${command} clipcap: model\\.alpha would do nothing for a captioner`),
    ],
    ["a field that is none", ["--model.prefix_lenght", "2"], 2, /unknown option '--model\.prefix_lenght'/],
    ["a prefix that leaves no room", ["--model.prefix_length", "48"], 2, /INVALID_ARGUMENT: prefixLength 48 leaves no position for text/],
    [
      "a size that is not the encoder's",
      ["--model.prefix_size", "512"],
      2,
      /INVALID_ARGUMENT: model\.prefix_size is 512, but the encoder's embeddings have 8 numbers/,
    ],
    [
      "a captioner that is a CLIP",
      ["--model.clipcap_checkpoint_path", "CLIP"],
      1,
      /CHECKPOINT_MISMATCH: .*clip holds a CLIP, not a captioner: rsdix eval clip, rsdix embed and rsdix fit clip take it\.$/,
    ],
    [
      "a GPT-2 that is a CLIP",
      ["--model.gpt_model", "CLIP"],
      1,
      /CHECKPOINT_MISMATCH: .*clip holds a CLIP, not a GPT-2: rsdix eval clip, rsdix embed and rsdix fit clip take it\.$/,
    ],
    ["an encoder that is a GPT-2", ["--model.model", "GPT2"], 1, /gpt2 holds a GPT-2, not a CLIP or SigLIP: rsdix fit clipcap takes it/],
    [
      "captions that GPT-2 has no room for",
      ["--model.prefix_length", "40"],
      2,
      /INVALID_ARGUMENT: model\.max_length is 40, of which a caption takes \d+ tokens, but GPT-2 here has room for 8: it takes 48 positions, 40 of them for the image\. Give a model\.max_length of at most 8, /,
    ],
    ["a configuration that is no YAML", ["--config", "BROKEN"], 1, /FILE_CORRUPT: .*broken\.yaml, line 1, column \d+: /],
  ])("%s", async (_, more, code, message) => {
    const given = more.map((part) => ({ CLIP: world.clip, GPT2: world.gpt2, BROKEN: join(folder, "broken.yaml") })[part] ?? part);
    const { err, ...rest } = await run(...given);
    expect(rest).toEqual({ code, out: "" });
    expect(err.split("\n").find((line) => line.startsWith("error: "))).toMatch(message);
    expect(existsSync(join(folder, command, "clipcap-1"))).toBe(false);
  });
});

describe("What rsdix fit clipcap scores captions with", () => {
  const fit = (...more: string[]) =>
    cli([
      ...["fit", "clipcap", "--model.model", world.clip, "--model.gpt_model", world.gpt2, "--model.prefix_length", "2"],
      ...["--model.max_length", "40", "--data.annotations_files", world.annotations, "--data.img_dirs", world.images],
      ...["--data.batch_size", "1", "--trainer.accelerator", "cpu", "--trainer.default_root_dir", join(folder, "scored"), ...more],
    ]);

  it("is looked at where the configuration is printed, too, in the original's spelling as well", async () => {
    const unknown =
      /^error: INVALID_ARGUMENT: model\.metrics has "rouge"\. While training, known are .*, and bleu1 to bleu4; .* Did you mean rougel\?\n$/;
    expect(await fit("--model.metrics", "rouge", "--print-config")).toEqual({ code: 2, out: "", err: expect.stringMatching(unknown) });
    const known = await fit("--model.metrics", "rouge_l,bleu_1", "--print-config");
    expect(known).toMatchObject({ code: 0, err: "", out: expect.stringContaining("  metrics:\n    - rouge_l\n    - bleu_1\n") });
  });

  it("is refused before there is a run where CIDEr-D of a single image is to lead it", async () => {
    const refused = async (message: RegExp, ...more: string[]) => {
      const { err, ...rest } = await fit("--trainer.monitor", "CIDEr-D", "--trainer.monitor_mode", "max", ...more);
      expect(rest).toEqual({ code: 2, out: "" });
      expect(err.split("\n").find((line) => line.startsWith("error: "))).toMatch(message);
      expect(existsSync(join(folder, "scored"))).toBe(false);
    };
    await refused(
      /monitor is ciderD, of which a single image has none, .*: of 8 validation images one is captioned\. .* with a smaller model\.every_n_batches, /,
    );
    const one = join(folder, "one.json");
    const captions = JSON.parse(await readFile(world.annotations, "utf8")) as { images: { split: string }[] };
    const [first] = captions.images.filter(({ split }) => split === "val");
    const images = captions.images.filter((image) => image === first || image.split !== "val");
    await writeFile(one, JSON.stringify({ ...captions, images }));
    await refused(
      /: of 1 validation image one is captioned\. Name another monitor, or caption more images\.$/,
      "--data.annotations_files",
      one,
    );
  });

  it("is taken where there is a second image, in the original's spelling, too", async () => {
    const monitored = ["--trainer.monitor", "cider_d", "--trainer.max_steps", "1", "--model.metrics", "ciderD"];
    expect(await fit(...monitored, "--model.every_n_batches", "7")).toMatchObject({ code: 0 });
  });
});
