import { describe, expect, it } from "vitest";
import { oneLine } from "./discovery-host";

describe("oneLine", () => {
  it("joins lines and cuts what is long", () => {
    expect(oneLine(new Error("a\n  b"))).toBe("a b");
    expect(oneLine("x".repeat(600))).toHaveLength(504);
  });
});
