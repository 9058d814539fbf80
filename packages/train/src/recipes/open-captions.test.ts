import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { openCaptions } from "./open-captions";

let folder = "";
beforeAll(async () => {
  folder = scratchFolder("file");
  const files = {
    "train/captions.csv": "filename,caption\n0.png,a lake\n",
    "train/0.png": "train",
    "val/0.png": "val",
    "val/old/0.png": "old",
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), text);
  }
});

it("The images' folder that is given is taken, whatever lies beside the annotation; one with two such folders is refused", async () => {
  const open = (images: string) =>
    openCaptions(join(folder, "train/captions.csv"), { images: join(folder, images), signal: new AbortController().signal });
  for (const [images, content] of [
    ["train", "train"],
    ["val", "val"],
    ["val/old", "old"],
  ] as const) {
    const { files } = await open(images);
    expect(new TextDecoder().decode(await files.read("0.png"))).toBe(content);
  }
  await expect(open("")).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringMatching(/as many lie in "train" of .* as in "val", "val\/old": it isn't clear which are meant/),
  });
});
