import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { indexPlace, mountPoints, putInPlace } from "./index-place";

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof fs>();
  return { ...real, rename: vi.fn(real.rename) };
});

const MOUNTINFO = "/proc/self/mountinfo";

describe("a folder that an index can't take the place of", () => {
  test("where disks begin, those bound to a folder among them, is read from Linux's list", () => {
    const lines = [
      "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue",
      "37 35 98:0 /a /with\\040blank\\134 rw - ext4 /dev/sda rw",
      "",
    ];
    expect(mountPoints(lines.join("\n"))).toEqual(["/mnt2", "/with blank\\"]);
  });

  test.skipIf(process.platform !== "linux")("is one of that list, told before anything is built", async () => {
    expect(mountPoints(readFileSync(MOUNTINFO, "utf8"))).toContain("/proc"); // "/" is none in a chroot
    await expect(indexPlace("/proc")).rejects.toMatchObject({
      code: "WRITE_FAILED",
      message: expect.stringContaining("a disk's own folder"),
    });
  });
});

test("an index that another build puts in place meanwhile stays, and the one before it isn't left beside it", async () => {
  const parent = scratchFolder();
  const [folder, ours] = ["index", "ours.tmp"].map((name) => {
    const made = join(parent, name);
    mkdirSync(made);
    writeFileSync(join(made, "index.json"), name);
    return made;
  }) as [string, string];
  const { rename } = await vi.importActual<typeof fs>("node:fs/promises");
  vi.mocked(fs.rename).mockImplementation(async (from, to) => {
    await rename(from, to);
    if (from !== folder) return;
    mkdirSync(folder);
    writeFileSync(join(folder, "index.json"), "theirs");
  });
  await expect(putInPlace(folder, ours, true)).rejects.toMatchObject({ code: "ENOTEMPTY" });
  vi.mocked(fs.rename).mockImplementation(rename);
  expect(readFileSync(join(folder, "index.json"), "utf8")).toBe("theirs");
  expect(readdirSync(parent).sort()).toEqual(["index", "ours.tmp"]); // ours is its builder's to remove
});
