import { describe, expect, it } from "vitest";
import { expectRefusedWithinBounds, open } from "./hostile";

describe("what hostile files are held to", () => {
  it.each(["buffers", "objects"] as const)("sees memory that is gone at the end: %s", async (reader) => {
    for (const bytes of [101e6, 15e6, 101e6]) {
      const { error, peakBytes } = await open(reader, String(bytes));
      expect(error).toBeUndefined();
      expect(peakBytes).toBeGreaterThan(bytes);
      expect(peakBytes).toBeLessThan(2 * bytes + 20e6);
    }
  });

  it("fails for a file that is sound, and for another code", async () => {
    await expect(expectRefusedWithinBounds("buffers", "0", "FILE_CORRUPT")).rejects.toThrow();
    await expect(expectRefusedWithinBounds("torch", "no archive", "FILE_TOO_LARGE")).rejects.toThrow("to match object");
    await expectRefusedWithinBounds("torch", "no archive", "FILE_CORRUPT");
  });
});
