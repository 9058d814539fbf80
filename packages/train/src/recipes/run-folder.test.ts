import { cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { scratchFolder } from "../../../../test/scratch-folder";
import { findRun, newRun, rememberLast } from "./run-folder";

it("A run that a link names is the last of the folder where it lies, by the name that it has there", async () => {
  const folder = scratchFolder();
  const [runs, others] = [join(folder, "runs"), join(folder, "others")];
  const { folder: first } = await newRun(runs, "clip", {});
  const last = (root: string) => readFile(join(root, "last"), "utf8");
  for (const link of [join(folder, "cur"), join(runs, "cur")]) {
    await symlink(first, link);
    await newRun(runs, "clip", {});
    await rememberLast(link, []);
    expect(await last(runs)).toBe("clip-1\n");
  }
  await expect(last(folder)).rejects.toMatchObject({ code: "ENOENT" }); // no folder of runs
  await mkdir(others);
  await cp(first, join(others, "clip-7"), { recursive: true });
  await writeFile(join(others, "last"), "clip-7\n");
  await symlink(first, join(others, "clip-8"));
  await newRun(runs, "clip", {});
  await rememberLast(join(others, "clip-8"), [others]); // a folder of runs that has it as a link
  expect([await last(runs), await last(others)]).toEqual(["clip-1\n", "clip-8\n"]);
});

it("A run is the last in the folder of a link to it, too, where the folder that it lies in takes no file", async () => {
  const folder = scratchFolder();
  const [runs, others] = [join(folder, "runs"), join(folder, "others")];
  const { folder: run } = await newRun(runs, "clip", {});
  await rm(join(runs, "last"));
  await mkdir(join(runs, "last", "in the way"), { recursive: true });
  await mkdir(others);
  await symlink(run, join(others, "clip-8"));
  const failed = { code: "WRITE_FAILED", message: expect.stringContaining(join(runs, "last")) };
  await expect(rememberLast(join(others, "clip-8"), [runs, others])).rejects.toMatchObject(failed);
  expect(await readFile(join(others, "last"), "utf8")).toBe("clip-8\n");
});

it("Of a folder of runs that is given for a run, the message names those in it", async () => {
  const folder = scratchFolder();
  const { folder: first } = await newRun(folder, "clip", {});
  const refused = (text: string) => refusal("FILE_NOT_FOUND", expect.stringContaining(text));
  await expect(findRun(folder, "runs")).rejects.toThrow(refused(`. It holds runs: give one of them, ${first}.`));
  for (let i = 0; i < 5; i++) await newRun(folder, "clip", {});
  await expect(findRun(folder, "runs")).rejects.toThrow(refused(`${join(folder, "clip-5")}, ...`));
  await expect(findRun("nosuch", folder)).rejects.toMatchObject({ message: expect.not.stringContaining("holds runs") });
});
