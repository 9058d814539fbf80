import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { evalClipCap, SHORT as short } from "../../test/eval-clipcap";
import { cli } from "../../test/run-cli";

const { folder, world, captioner, images, run, caption } = await evalClipCap();

describe("rsdix eval clipcap", () => {
  it("has captions as long as GPT-2's context leaves, where nothing says how long", async () => {
    const captions = async (name: string, ...args: string[]) => {
      const run = await caption("--no-evaluation", "--export-captions-file", join(folder, name), ...args);
      expect(run).toMatchObject({ code: 0, err: "" });
      return readFile(join(folder, name), "utf8");
    };
    expect(await captions("default.json")).toBe(await captions("all.json", "--max-tokens", "30"));
    expect(await caption("--max-tokens", "31", "--metrics", "bleu")).toEqual({
      code: 2,
      out: "",
      err: "error: INVALID_ARGUMENT: --max-tokens 31 is more than the 30 that this captioner has room for: its GPT-2 takes 32 positions, 2 of them for the image.\n",
    });
  });

  it("writes nothing when it is stopped, and sets its tensors free", async () => {
    const tensors = tf.memory().numTensors;
    for (const wanted of [1, 2, 3]) {
      const stop = new AbortController();
      let seen = 0;
      const onErr = () => void (++seen === wanted && stop.abort(new Error("interrupted")));
      const out = ["--scores-dir", join(folder, "stopped"), "--export-captions-file", join(folder, "stopped.json")];
      const args = ["eval", "clipcap", "--model-pth", captioner, ...images, "--accelerator", "cpu", ...short, ...out, "--batch-size", "2"];
      const { code, err } = await cli(args, { signal: stop.signal, isTTY: true, onErr });
      expect({ code, err }).toEqual({ code: 130, err: expect.stringContaining("Stopped: ") });
      expect((await readdir(folder)).filter((name) => name.startsWith("stopped"))).toEqual([]);
      expect(tf.memory().numTensors).toBe(tensors);
    }
  });

  it.each([
    ["{", 1, "it is no JSON (", 'Give one that "rsdix caption" or "rsdix eval clipcap" wrote.'],
    ["[]", 1, "error: EMPTY_DATA: ", "has no caption: it is an empty list."],
    [
      '{"images": [{"filename": "1.png"}]}',
      1,
      "error: FILE_CORRUPT: ",
      '"images" must be a caption or a list of one, got [{"filename":"1.png"}].',
    ],
  ])("says what is wrong with the captions %s", async (text, code, ...parts) => {
    const file = join(folder, "wrong.json");
    await writeFile(file, text);
    const result = await run("--import-captions-file", file, "--metrics", "bleu");
    expect(result.code).toBe(code);
    for (const part of parts) expect(result.err).toContain(part);
  });

  it("says that a folder is no file of captions, and that each annotation file needs a folder of images", async () => {
    const { err } = await run("--import-captions-file", folder, "--metrics", "bleu");
    expect(err).toBe(`error: FILE_NOT_FOUND: ${folder} cannot be read: it is a folder; name the file of captions.\n`);
    expect(await caption("--annotations-files", world.annotations, world.annotations)).toMatchObject({
      code: 2,
      err: expect.stringContaining("Each annotation file needs the folder of its images: got 3 --annotations-files and 1 --img-dirs."),
    });
  });

  it("asks for GPT-2's tokenizer where there is none, and for the images by their flag", async () => {
    const bare = join(folder, "bare");
    await cp(captioner, bare, { recursive: true });
    for (const name of await readdir(bare)) if (/token|vocab|merges/.test(name)) await rm(join(bare, name));
    const given = ["--accelerator", "cpu", "--metrics", "bleu", "--annotations-files", world.annotations];
    expect(await run("--model-pth", bare, ...given, "--img-dirs", world.images)).toEqual({
      ...{ code: 2, out: "" },
      err: `error: INVALID_ARGUMENT: ${bare} brings no tokenizer: say whose it is, for example --processor gpt2.\n`,
    });
    const empty = scratchFolder();
    const { err } = await run("--model-pth", captioner, ...given, "--img-dirs", empty);
    expect(err).toContain("Say where they are with --img-dirs.");
  });
});
