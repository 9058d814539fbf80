import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { refusal } from "../../../../test/refusal";
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

test.each([
  [
    "an index, which takes the place of the one before",
    "index.json",
    /index was replaced by another build meanwhile, whose index stays/,
    false,
  ],
  [
    "something else, beside which the index is left",
    "notes.txt",
    /could not be put back \(.*\): the index that was there is .*ours\.tmp\.old now/,
    true,
  ],
])("what another puts there meanwhile stays: %s", async (_, name, message, isLeft) => {
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
    writeFileSync(join(folder, name), "theirs");
  });
  await expect(putInPlace(folder, ours, true)).rejects.toEqual(refusal("WRITE_FAILED", message));
  vi.mocked(fs.rename).mockImplementation(rename);
  expect(readFileSync(join(folder, name), "utf8")).toBe("theirs");
  expect(readdirSync(parent).sort()).toEqual(["index", "ours.tmp", ...(isLeft ? ["ours.tmp.old"] : [])]); // ours.tmp is its builder's to remove
});
