import { describe, expect, it } from "vitest";
import { pacer } from "./progress";

describe("pacer", () => {
  it("reports every step, and is done when all is", async () => {
    const seen: unknown[] = [];
    const controller = new AbortController();
    const pace = pacer({ onProgress: (progress) => seen.push(progress), signal: controller.signal }, "work", 2);
    await pace(1);
    controller.abort(); // too late to stop anything
    await pace(2);
    expect(seen).toEqual([
      { done: 1, total: 2 },
      { done: 2, total: 2 },
    ]);
    await expect(pace(1)).rejects.toMatchObject({ code: "ABORTED", message: "work was stopped after 1 of 2." });
  });
});
