import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";

describe("rsdix search grid with wrong input", () => {
  const fields = "  data:\n    annotations_files: a.json\n    img_dirs: a\n";
  const written = (text: string, config = "seed_everything: 1\n") => {
    const folder = scratchFolder();
    writeFileSync(join(folder, "config.yaml"), config);
    const grid = join(folder, "grid.yaml");
    writeFileSync(grid, text.replaceAll("FOLDER", folder));
    return ["search", "grid", "--grid-file", grid, "--out", join(folder, "out")];
  };
  const refused = async (args: string[], code: number, message: RegExp) => {
    const run = await cli(args);
    expect(run).toMatchObject({ code, out: "", err: expect.stringMatching(message) });
    expect(existsSync(args[5]!)).toBe(false); // no folder, no trial
  };
  const of = (model: string, script = "train_finetune_cli.py") => `script: ${script}\nattr_keys:\n  model:\n${model}${fields}`;

  it.each([
    [
      "a field that fit has not",
      of("    lr: 1e-5,1e-4\n    dropuot: 0.1\n"),
      2,
      /^error: UNKNOWN_OPTION: .*grid\.yaml: a trial with --model\.lr=/,
    ],
    [
      "a value that the field does not take",
      of("    lr: 1e-5,1e-4\n    use_warmup: step,linear\n"),
      2,
      /^error: INVALID_ARGUMENT: .*grid\.yaml: a trial with .*--model\.use_warmup=step .* cannot run: fit clip: model\.use_warmup is "step": /,
    ],
    [
      "another task's parameter",
      of("    lr: 1e-5,1e-4\n", "train_clipcap.py"),
      2,
      /^error: INVALID_ARGUMENT: .* fit clipcap: model\.prefix_length must be given\./,
    ],
    [
      "a configuration that is not there",
      `config_file: FOLDER/none.yaml\n${of("    lr: 1e-5,1e-4\n")}`,
      1,
      /^error: FILE_NOT_FOUND: .*none\.yaml cannot be read: there is no such file\.\n$/,
    ],
    [
      "parameters of Lightning's loggers alone",
      "script: clip\nattr_keys:\n  trainer:\n    logger:\n      name: a\n",
      1,
      /^error: FILE_CORRUPT: .*grid\.yaml has only trainer\.logger\.name, of Lightning's loggers: there is nothing to search\.\n$/,
    ],
    [
      "a parameter that does nothing in any trial",
      of("    start_factor: 0.1,0.2\n"),
      2,
      /^error: INVALID_ARGUMENT: .* model\.start_factor would do nothing with use_warmup "cosine"\./,
    ],
  ])("%s: nothing is started", async (_, text, code, message) => {
    await refused(written(text), code, message);
  });

  it("flags: no grid file, levels that are no number, a metric without a name, a file that is no trial's", async () => {
    expect(await cli(["search", "grid"])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^error: required option '--grid-file <file>' not specified/),
    });
    const args = written(of("    lr: 1e-5,1e-4\n"));
    await refused(
      [...args, "--levels", "x"],
      2,
      /^error: option '--levels <number>' argument 'x' is invalid\. It must be a whole number\./,
    );
    await refused([...args, "--levels", "0"], 2, /argument '0' is invalid\. It must be at least 1\./);
    await refused(
      [...args, "--grid-runs-import-file", "none.json"],
      1,
      /^error: FILE_NOT_FOUND: none\.json cannot be read: there is no such file\.\n$/,
    );
    await refused([...args, "--task", "siglip"], 2, /Allowed choices are clip, clipcap\./);
    await refused([...args, "--n-iter", "3"], 2, /^error: unknown option '--n-iter'/);
  });
});
