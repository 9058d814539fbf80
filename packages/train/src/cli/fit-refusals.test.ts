import { existsSync } from "node:fs";
import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { Clip } from "@rsdix/models";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";
import { saveTinyCaptioner } from "../../test/tiny-captioner";
import { type TinyWorld, tinyWorld } from "../../test/tiny-world";

let folder: string;
let world: TinyWorld;
/** The tiny world's CLIP without its tokenizer. */
let mute: string;

beforeAll(async () => {
  await startBackend("cpu");
  folder = scratchFolder("file");
  world = await tinyWorld(join(folder, "world"));
  mute = join(folder, "mute");
  const clip = await Clip.fromPretrained(world.clip);
  clip.tokenizer = undefined;
  await clip.save(mute).finally(() => clip.dispose());
});

const data = () => ["--data.annotations_files", world.annotations, "--data.img_dirs", world.images, "--data.batch_size", "8"];
const where = (runs: string) => ["--trainer.accelerator", "cpu", "--trainer.default_root_dir", join(folder, runs)];
const clip = (...more: string[]) => cli(["fit", "clip", "--model.model", world.clip, ...data(), ...where("runs"), ...more]);
const captioner = (...more: string[]) =>
  cli([
    ...["fit", "clipcap", "--model.model", world.clip, "--model.gpt_model", world.gpt2, "--model.prefix_length", "2"],
    ...["--model.max_length", "40", "--trainer.max_steps", "2", ...data(), ...where("cap"), ...more],
  ]);

/** A command that is refused, in a line, and how. */
async function refused(run: ReturnType<typeof cli>, message: RegExp, code = 2): Promise<void> {
  const { err, ...rest } = await run;
  expect(rest).toEqual({ code, out: "" });
  const [line] = err.split("\n").filter((each) => each.startsWith("error: "));
  expect(line).toMatch(message);
}

describe("A number of threads", () => {
  it("that is too large is refused by its field's name, before a backend starts", async () => {
    await refused(clip("--data.num_workers", "1000000"), /data\.num_workers is 1000000: it must be at most 64\./);
  });
});

describe("A flag's null", () => {
  it.each([
    ["trainer.max_epochs", "trainer", "max_epochs"],
    ["model.lr", "model", "lr"],
    ["model.chunk_size", "model", "chunk_size"],
    ["data.split", "data", "split"],
    ["data.additional_test_annotation_files", "data", "additional_test_annotation_files"],
    ["trainer.early_stopping_patience", "trainer", "early_stopping_patience"],
  ])("of %s is null, as in a file", async (flag, _section, field) => {
    const run = await clip(`--${flag}`, "null", "--print-config");
    expect(run).toMatchObject({ code: 0, err: "", out: expect.stringMatching(new RegExp(`\n  ${field}: null\n`)) });
  });

  it("is refused where the field takes none, and true where a flag stands alone", async () => {
    await refused(clip("--model.alpha", "null"), /^error: INVALID_ARGUMENT: fit clip: model\.alpha is null: it must be a number\.$/);
    for (const [empty, whatToDo] of [
      [["--model.checkpoint_path", ""], "write null for none"],
      [["--model.lr="], "write null for none"],
      [["--model.alpha="], "give a value, or leave the flag out"],
      [["--trainer.monitor", " "], "give a value, or leave the flag out"],
      [["--seed_everything", ""], "give a value, or leave the flag out"],
    ] as const)
      await refused(
        clip(...empty),
        new RegExp(`^error: option '--[\\w.]+ <\\w+>' argument ' ?' is invalid\\. It is empty: ${whatToDo}\\.$`),
      );
    const named = await clip("--model.checkpoint_path", "runs #1", "--print-config");
    expect(named.out).toMatch(/\n {2}checkpoint_path: "runs #1"\n/); // "#" begins no comment
    for (const typed of ["7 #1", "~", "---", "#1"])
      await refused(clip(`--model.alpha=${typed}`), new RegExp(`model\\.alpha is "${typed}": it must be a number\\.$`));
    await refused(clip("--data.shuffle", "null"), /data\.shuffle is null: it must be true or false\.$/);
    expect((await clip("--data.shuffle", "--print-config")).out).toContain("\n  shuffle: true\n");
    expect((await clip("--seed_everything", "7", "--print-config")).out).toMatch(/^seed_everything: 7\n/);
  });
});

describe("--print-config", () => {
  it("prints a configuration to be filled in where the data are not given, which is one once they are", async () => {
    const draft = join(folder, "draft.yaml");
    const printed = await cli(["fit", "clipcap", "--model.clipcap_lr", "1e-4", "--print-config"]);
    expect(printed).toMatchObject({ code: 0, err: "Still to be given: data.annotations_files, data.img_dirs, model.prefix_length.\n" });
    expect(printed.out).toMatch(
      /\n {2}prefix_length: null\n[\s\S]* {2}clipcap_lr: 0\.0001\n[\s\S]* {2}annotations_files: null\n {2}img_dirs: null\n/,
    );
    await writeFile(draft, printed.out);
    const whole = ["--config", draft, "--data.annotations_files", "a.json", "--model.prefix_length", "3", "--print-config"];
    const filled = await cli(["fit", "clipcap", ...whole]);
    expect(filled).toMatchObject({ code: 0, err: "Still to be given: data.img_dirs.\n", out: expect.stringContaining("- a.json\n") });
    expect(await cli(["fit", "clip", "--print-config"])).toMatchObject({ code: 0, out: expect.stringMatching(/^seed_everything: 42\n/) });
    await refused(cli(["fit", "clipcap", "--config", draft]), /data\.annotations_files is null: expected a text, or a list of texts/);
  });

  it("refuses what is given and wrong", async () => {
    await refused(cli(["fit", "clip", "--model.alpha", "2", "--print-config"]), /fit clip: model\.alpha is 2: it must be at most 1\.$/);
    const wrong = join(folder, "sections.yaml");
    await writeFile(wrong, "data: 7\n");
    await refused(cli(["fit", "clip", "--config", wrong, "--print-config"]), /fit clip: data is 7: it must be a section with fields\.$/);
  });
});

describe("What would do nothing is refused", () => {
  it.each([
    [
      ["--trainer.monitor_mode", "max", "--trainer.save_top_k", "0"],
      /trainer\.monitor_mode would do nothing with save_top_k 0, and without early_stopping_patience\./,
    ],
    [["--trainer.monitor", "accuracy", "--trainer.save_top_k", "0"], /trainer\.monitor would do nothing with save_top_k 0/],
    [
      ["--trainer.monitor_mode", "max", "--trainer.limit_val_batches", "0"],
      /trainer\.monitor_mode would do nothing without a validation\./,
    ],
    [["--model.reference"], /^error: INVALID_ARGUMENT: model\.reference would do nothing without use_sigmoid_loss/],
    [
      ["--data.train_split_percentage", "70", "--data.val_split_percentage", "20"],
      /data\.train_split_percentage and data\.val_split_percentage would do nothing, as the splits are those of .*Leave it out, or draw new ones with data\.split random\.$/,
    ],
    [["--model.freeze", "['.*']"], /^error: INVALID_ARGUMENT: model\.freeze \["\.\*"\] leaves no weight of the model to be trained\.$/],
  ])("%j", async (more, message) => {
    await refused(clip(...more), message);
  });

  it("but percentages of splits that are drawn do something", async () => {
    const drawn = ["--data.train_split_percentage", "70", "--data.val_split_percentage", "20", "--trainer.max_steps", "1"];
    expect(await clip("--data.split", "random", ...drawn)).toMatchObject({ code: 0 });
    const { images } = JSON.parse(await readFile(world.annotations, "utf8")) as { images: { split?: string }[] };
    const without = join(folder, "without-splits.json");
    await writeFile(without, JSON.stringify({ dataset: "tiny", images: images.map(({ split: _, ...image }) => image) }));
    expect(await clip("--data.annotations_files", without, ...drawn)).toMatchObject({ code: 0 });
  });

  it("a processor beside a model that has its own, unless it is the same", async () => {
    const message =
      /^error: INVALID_ARGUMENT: data\.processor .*gpt2 would do nothing: .*clip brings a tokenizer of its own\. Leave it out\.$/;
    await refused(clip("--data.processor", world.gpt2), message);
    await refused(captioner("--data.processor", world.gpt2), message);
    expect(await clip("--data.processor", world.clip, "--trainer.max_steps", "1")).toMatchObject({ code: 0 });
    expect(await clip("--model.model", mute, "--data.processor", world.clip, "--trainer.max_steps", "1")).toMatchObject({ code: 0 });
  });
});

describe("What is wrong is said in the command's words", () => {
  it.each([
    [["--model.lr", ".inf"], /model\.lr is Infinity: /],
    [["--model.lr", ".nan"], /model\.lr is NaN: /],
    [["--data.augment_text_data", "true"], /data\.augment_text_data is true: expected false or "synonyms"\.$/],
    [["--model.betas", "0.9,0.99"], /model\.betas is "0\.9,0\.99": it must be a list\. A list is written as \[a, b\]\.$/],
    [["--model.freeze", "text_model"], /model\.freeze is "text_model": it must be a list\. A list is written as \[a, b\]\.$/],
    [["--data.img_dirs", "[3]"], /data\.img_dirs is \[3\]: expected a text, or a list of texts: \[a, b\]\. What YAML takes .* "2024"\.$/],
    [["--data.img_dirs", "a,,b"], /'--data\.img_dirs <value>' argument 'a,,b' is invalid\. It must be names with commas between them/],
  ])("%j", async (more, message) => {
    await refused(clip(...more), message);
  });

  it.each([
    [["fit", "clip", "--config", ""], /^error: FILE_NOT_FOUND: "" cannot be read/, 1],
    [["convert", "a", ""], /^error: INVALID_ARGUMENT: <folder> is empty\.$/, 2],
    [["convert", "a", "b", "--processor", ""], /^error: INVALID_ARGUMENT: --processor is empty: give it a value, or leave it out\.$/, 2],
    [["report", ""], /^error: INVALID_ARGUMENT: <folder> is empty\.$/, 2],
    [["embed", "--model-pth=", "--out-path", "x"], /^error: INVALID_ARGUMENT: --model-pth is empty: /, 2],
    [["search", "grid", "--grid-file", ""], /^error: INVALID_ARGUMENT: --grid-file is empty: /, 2],
  ])("what is empty, as an unset variable is: %j", async (args, message, code) => {
    await refused(cli(args), message, code);
  });

  it("a file in the place of the folder of runs, before anything is loaded", async () => {
    const run = await clip("--model.model", "/nowhere", "--trainer.default_root_dir", world.annotations);
    expect(run).toEqual({
      code: 1,
      out: "",
      err: `error: WRITE_FAILED: The folder ${world.annotations} cannot be made: a file is in its place.\n`,
    });
  });

  it("a model without a tokenizer: which flag says whose", async () => {
    await refused(
      clip("--model.model", mute),
      /mute brings no tokenizer: say whose it is, for example --data\.processor openai\/clip-vit-base-patch32\.$/,
    );
    const silent = join(folder, "silent");
    await saveTinyCaptioner(silent, world.clip);
    await rm(join(silent, "tokenizer.json"));
    const caption = ["caption", "--model-pth", silent, "--img-dir", world.images, "--out-path", join(folder, "captions.json")];
    await refused(
      cli([...caption, "--accelerator", "cpu"]),
      /silent brings no tokenizer: say whose it is, for example --processor gpt2\.$/,
    );
  });

  it("images that are elsewhere: the field, and the flag", async () => {
    const elsewhere = join(folder, "elsewhere");
    await cp(world.clip, elsewhere, { recursive: true });
    await refused(clip("--data.img_dirs", elsewhere), /Say where they are with data\.img_dirs\.$/, 1);
    const embed = ["embed", "--model-pth", world.clip, "--img-dir", elsewhere, "--annotations-file", world.annotations];
    await refused(cli([...embed, "--out-path", join(folder, "embedded")]), /Say where they are with --img-dir\.$/, 1);
  });

  it("several values of a flag, and the original's own flags", async () => {
    const hinted = async (args: string[], hint: RegExp) =>
      expect(await cli(args)).toMatchObject({ code: 2, out: "", err: expect.stringMatching(hint) });
    await hinted(
      ["study", "captions.csv", "--metrics", "bleu", "rougeL"],
      /^error: too many arguments.*\nSeveral values of a flag are written with commas, without blanks: --metrics bleu,rougeL;/,
    );
    await hinted(
      ["search", "bayes", "--grid_file", "g", "--logs_dir", "a"],
      /^error: unknown option '--logs-dir'\nIt has no counterpart: trials and their logs lie in --out/,
    );
    await hinted(["search", "bayes", "--grid_file", "g", "--train_clipcap", "1"], /--task clipcap/);
  });

  it("a run of the other kind, and a setting that was changed since", async () => {
    expect(await clip("--trainer.max_steps", "2", "--model.lr", "1e-3")).toMatchObject({ code: 0 });
    expect(await captioner()).toMatchObject({ code: 0, err: expect.stringContaining("16 images for training, 8 for validation; 2 steps") });
    const resume = (kind: string, runs: string, ...more: string[]) =>
      cli(["fit", kind, "--resume", "last", "--trainer.default_root_dir", join(folder, runs), ...more]);
    await refused(
      resume("clip", "cap"),
      /^error: INVALID_ARGUMENT: .*clipcap-1 is a run of "rsdix fit clipcap": go on with it by rsdix fit clipcap --resume\.$/,
    );
    await refused(resume("clipcap", "runs"), /is a run of "rsdix fit clip": go on with it by rsdix fit clip --resume\.$/);
    const changed =
      /^error: CHECKPOINT_MISMATCH: .*made with other settings or data .* Changed since: model\.lr \(0\.001, now 0\.1\), data\.shuffle \(false, now true\)\. Settings are those of .*config\.yaml and of what is given now\.$/;
    await refused(resume("clip", "runs", "--model.lr", "0.1", "--data.shuffle"), changed, 1);
    const last = (await readFile(join(folder, "runs", "last"), "utf8")).trim();
    const file = join(folder, "runs", last, "config.yaml");
    await writeFile(file, (await readFile(file, "utf8")).replace("lr: 0.001", "lr: 0.002"));
    await refused(resume("clip", "runs"), /^error: CHECKPOINT_MISMATCH: .* Changed since: model\.lr \(0\.001, now 0\.002\)\. Settings /, 1);
    const fewer = join(folder, "fewer.json");
    const all = JSON.parse(await readFile(world.annotations, "utf8")) as { images: object[] };
    await writeFile(fewer, JSON.stringify({ ...all, images: all.images.slice(1) }));
    await refused(
      resume("clip", "runs", "--model.lr", "0.001", "--data.annotations_files", fewer, "--data.batch_size", "8"),
      /Changed since: data\.annotations_files \(\[.*captions\.json"\], now \[.*fewer\.json"\]\), images for training \(16, now 15\)\. /,
      1,
    );
  });

  it("a number to be led by that nothing measures, and no run is left of it", async () => {
    const wrong = ["--trainer.max_steps", "2", "--trainer.monitor", "lossy"];
    const root = join(folder, "monitored");
    await refused(clip(...wrong, "--trainer.default_root_dir", root), /^error: INVALID_ARGUMENT: .*lossy/);
    expect(existsSync(root)).toBe(false);
    expect(await clip("--trainer.max_steps", "1", "--trainer.default_root_dir", root)).toMatchObject({ code: 0 });
    await refused(clip(...wrong, "--trainer.default_root_dir", root), /^error: INVALID_ARGUMENT: .*lossy/);
    expect((await readdir(root)).sort()).toEqual(["clip-1", "last"]);
    expect(await readFile(join(root, "last"), "utf8")).toBe("clip-1\n");
    expect(await readdir(join(root, "clip-1"))).not.toContain("lock");
    expect(await clip("--trainer.max_steps", "1", "--trainer.default_root_dir", root)).toMatchObject({ code: 0 });
    const other = await clip("--resume", "clip-1", "--model.lr", "0.5", "--trainer.max_steps", "2", "--trainer.default_root_dir", root);
    expect(other).toMatchObject({ code: 1, err: expect.stringMatching(/CHECKPOINT_MISMATCH: .*model\.lr/) });
    expect(await readFile(join(root, "last"), "utf8")).toBe("clip-2\n"); // a resume that is refused isn't the last run
  });
});
