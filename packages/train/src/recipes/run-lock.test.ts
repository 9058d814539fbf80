import { readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { scratchFolder } from "../../../../test/scratch-folder";
import { lockRun } from "./run-lock";

const inUse = refusal("WRITE_FAILED", /is in use/);

describe("lockRun", () => {
  it("keeps a run for one at a time, and leaves nothing behind", async () => {
    const run = scratchFolder();
    const give = await lockRun(run);
    expect(await readdir(run)).toEqual(["lock"]);
    expect(JSON.parse(await readFile(join(run, "lock"), "utf8"))).toMatchObject({ pid: process.pid });
    await expect(lockRun(run)).rejects.toEqual(inUse);
    await give();
    expect(await readdir(run)).toEqual([]);
  });

  it("takes a lock that a full disk has left empty for left over, but not one that is being made", async () => {
    const run = scratchFolder();
    await writeFile(join(run, "lock"), "");
    await expect(lockRun(run)).rejects.toEqual(inUse);
    const before = new Date(Date.now() - 60_000);
    await utimes(join(run, "lock"), before, before);
    await (await lockRun(run))();
    expect(await readdir(run)).toEqual([]);
  });
});
