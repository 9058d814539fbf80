import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { indexPlace, mountPoints } from "./index-place";

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
