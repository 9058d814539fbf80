import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { openImages } from "./open-images";

const { signal } = new AbortController();

it.skipIf(process.platform === "win32")("what is called as an image is one, and says what is wrong with it when it is read", async () => {
  const folder = scratchFolder();
  const outside = join(scratchFolder(), "outside.png");
  mkdirSync(join(folder, "sub"));
  for (const path of [join(folder, "b.png"), join(folder, "sub", "d.png"), outside]) writeFileSync(path, "x");
  symlinkSync("b.png", join(folder, "linked.png"));
  symlinkSync("nowhere.png", join(folder, "a.png"));
  symlinkSync("circle.png", join(folder, "sub", "circle.png"));
  symlinkSync(outside, join(folder, "out.png"));
  symlinkSync("sub", join(folder, "folder.png"));
  symlinkSync("nowhere", join(folder, "no-image"));
  execFileSync("mkfifo", [join(folder, "pipe.png")]);
  const { images, files } = await openImages(folder, { signal });
  const names = images.map(({ filename }) => filename);
  expect(names).toEqual(["a.png", "b.png", "linked.png", "out.png", "pipe.png", "sub/circle.png", "sub/d.png"]);
  const read = async (name: string) => String(await files.read(name).catch((error: Error) => error.message));
  const said = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await read(name)] as const)));
  expect(said).toMatchObject({
    "a.png": expect.stringMatching(/"a\.png" in .*: it is a link that leads nowhere\./),
    "out.png": expect.stringMatching(/"out\.png" of .* is a link that leads out of it, to .*outside\.png/),
    "pipe.png": expect.stringMatching(/"pipe\.png".*: it is a device or a pipe/),
    "sub/circle.png": expect.stringMatching(/"sub\/circle\.png" in .* can't be read: ELOOP/),
    ...{ "b.png": "120", "linked.png": "120", "sub/d.png": "120" },
  });
  await files.close();
});
