import { readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolders } from "@rsdix/data/node";
import { expect, it } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { openShardRun } from "./shard-run";

it("makes a folder with those around it, and ends where none can be made", async () => {
  const folder = scratchFolder();
  for (let i = 0; i < 2; i++) await Promise.all([makeFolders(join(folder, "a/b/c")), makeFolders(join(folder, "a/b/d"))]);
  expect((await readdir(join(folder, "a/b"))).sort()).toEqual(["c", "d"]);
  expect(await makeFolders(join(folder, "a/e/f"))).toBe(join(folder, "a/e"));
  expect(await makeFolders(join(folder, "a/e/f"))).toBeUndefined();
  await symlink(join(folder, "a"), join(folder, "link"));
  await makeFolders(join(folder, "link"));
  await writeFile(join(folder, "file"), "");
  await expect(makeFolders(join(folder, "file"))).rejects.toMatchObject({ code: "EEXIST" });
  await expect(makeFolders(join(folder, "file/a"))).rejects.toMatchObject({ code: "ENOTDIR" });
});

it.skipIf(process.platform !== "linux")("refuses a folder below /proc, where Node's own way never ends", async () => {
  const source = { kind: "list", name: "names", sha256: "0", items: 1, parts: 1 } as const;
  const run = openShardRun("/proc/rsdix/run", { task: "name", source, key: {}, columns: { caption: "string" } });
  await expect(run).rejects.toMatchObject({ code: "WRITE_FAILED", message: expect.stringMatching(/\/proc\/rsdix\/run cannot be made: /) });
});
