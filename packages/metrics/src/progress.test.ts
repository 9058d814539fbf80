import { afterEach, describe, expect, it, vi } from "vitest";
import { nextTask, pacer } from "./progress";

describe("nextTask", () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each(["Node", "browsers"])("lets what waits run first, as in %s", async (where) => {
    const order: string[] = [];
    const timer = new Promise((resolve) => setTimeout(resolve, 0)).then(() => order.push("timer"));
    if (where === "browsers") vi.stubGlobal("setImmediate", undefined);
    await Promise.all([nextTask().then(() => order.push("task")), Promise.resolve().then(() => order.push("microtask")), timer]);
    expect(order[0]).toBe("microtask");
    expect(order).toContain("task");
  });
});

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
